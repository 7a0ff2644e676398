"""The doors: MCP, HTTP, the command line."""
