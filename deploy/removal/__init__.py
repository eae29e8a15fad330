"""`down`: what was placed on the host, found and removed."""
