"""DiffMem: a memory for LLM agents that is a git repository."""
