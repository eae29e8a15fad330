"""The host, step by step."""
