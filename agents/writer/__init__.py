"""The writer with a model: two calls a session, whatever it touches."""
