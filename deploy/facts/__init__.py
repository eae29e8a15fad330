"""What the host is like now: one survey, parsed and cached during a run."""
