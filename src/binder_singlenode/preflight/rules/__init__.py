"""The preflight's rules, by subject."""
