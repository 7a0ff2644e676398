"""The shell that cannot hurt anyone: commands interpreted over the objects of one memory."""
