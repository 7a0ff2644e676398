"""The service over plain HTTP: one table of endpoints, and what is made of it."""
