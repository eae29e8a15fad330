"""Error messages about a host file: problem, position and remedy."""
