"""A real sshd."""

from ..servers.sshd import start, trusted  # noqa: F401 - fixtures
