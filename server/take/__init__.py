"""A memory in the forms people take away: an archive, a vault, lines of JSON, a book."""
