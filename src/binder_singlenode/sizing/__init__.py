"""From a machine and a host file to every limit and quota."""
