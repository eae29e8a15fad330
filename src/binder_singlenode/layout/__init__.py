"""Where things are on a host, and what they are called: paths, addresses, names, system settings."""
