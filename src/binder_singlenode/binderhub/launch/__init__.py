"""One launch: the stream of its events, its stages, and why it failed."""
