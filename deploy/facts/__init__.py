"""Survey of the host's current state, parsed and cached during a run."""
