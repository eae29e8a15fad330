"""Constants of a host: paths, addresses, names, system settings."""
