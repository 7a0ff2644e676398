"""The jobs done without a model."""
