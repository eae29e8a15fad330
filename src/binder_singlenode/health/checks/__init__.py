"""Checks of a finished host from outside, run by health/verify.py in a separate pytest process.

They need only ssh and http, and nothing from the run that set up the host.
"""
