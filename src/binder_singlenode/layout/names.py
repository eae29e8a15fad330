"""Figures that Binder promises to people and that no key of the host file changes; docs/promises.md."""

LOG_DAYS = 30
"""How long Binder keeps visitors' addresses: its privacy policy, and docs/promises.md."""
