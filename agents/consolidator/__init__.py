"""The consolidator: duplicates, overgrown files and missing links, put in order without losing a line."""
