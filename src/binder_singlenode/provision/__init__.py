"""Plan, apply and verify on a target: connection, run lock, pyinfra run."""
