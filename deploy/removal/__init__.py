"""`down`: find and remove what was placed on the host."""
