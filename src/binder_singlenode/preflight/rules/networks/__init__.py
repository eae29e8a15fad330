"""The preflight's rules about networks: addresses, names, packet filters, what is in front of the host."""
