"""Models: what an agent asks of one, and the servers that have one."""
