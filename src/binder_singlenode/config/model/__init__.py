"""The fields of a host file, with their documentation and limits."""
