"""Preflight: read-only queries to the machine, and the rules that judge the output."""
