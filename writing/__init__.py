"""What the verbs of `memory.py` do when they write: plans made by agents, committed at the desk."""
