"""From a target to a plan, applied and proved: connection, run lock, pyinfra run."""
