"""The part of YAML that host files are written in: reading, and changing in place."""
