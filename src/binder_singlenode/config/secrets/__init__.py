"""Secrets that a host file refers to: environment variables, files, age-encrypted files."""
