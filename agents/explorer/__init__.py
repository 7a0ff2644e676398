"""The explorer: a model looks through a memory and points at what answers a question."""
