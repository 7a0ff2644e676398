"""What other programs keep of a person's conversations, brought into a memory."""
