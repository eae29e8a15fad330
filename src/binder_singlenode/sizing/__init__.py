"""Limits and quotas, computed from a machine's resources and its host file."""
