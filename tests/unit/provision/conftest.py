"""A real sshd."""

from ..sshd import start, trusted  # noqa: F401 - fixtures
