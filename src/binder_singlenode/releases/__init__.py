"""Versions to install: lock file, bundle, publishers, verified downloads."""
