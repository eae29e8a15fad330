"""The preflight's rules about certificates: those that the host serves, and those that it must trust."""
