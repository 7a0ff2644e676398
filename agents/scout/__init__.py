"""Recall without a model: from a question to the few passages that matter, in milliseconds."""
