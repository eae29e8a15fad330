"""The preflight's queries to the machine, by subject: shell that changes nothing."""
