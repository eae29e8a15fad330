"""Checks of a finished host, from outside: run by health/verify.py in a pytest of their own.

They need nothing but ssh and http, and know nothing of how the host was made so.
"""
