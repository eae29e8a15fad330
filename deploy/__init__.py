"""The host, step by step: what is placed, how it is kept so, how it is removed."""
