"""The YAML subset of host files: parsing, and changes in place."""
