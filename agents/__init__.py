"""Who reads a snapshot and returns a plan."""
