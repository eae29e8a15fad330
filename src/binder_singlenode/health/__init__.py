"""Is the host well? status, verify, and its checks."""
