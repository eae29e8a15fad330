"""Errors of a host file: what is wrong, where, and how to put it right."""
