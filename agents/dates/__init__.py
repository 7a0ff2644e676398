"""The dates a text speaks of."""

from .resolver import When, find, meant, statement_date

__all__ = ["When", "find", "meant", "statement_date"]
