"""Who may come in, on whose memory they act, how often, and what is noted of it."""
