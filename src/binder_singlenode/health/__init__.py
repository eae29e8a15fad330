"""The state of a host: status, verify, and the checks that verify runs."""
