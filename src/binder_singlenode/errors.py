"""Every error the product raises on purpose.

    BinderError                 exit 1: an expected failure, with the next step to take
    ├── ConfigError             the host file is wrong (file:line:column)
    ├── BundleError             a bundle or download is missing, damaged or not what the lock says
    ├── SizingError             the machine is too small, or a budget cannot hold
    ├── ConnectError            ssh: unreachable, key refused, host key unknown or changed
    ├── PreflightError          the host is not fit: all problems at once
    ├── LockedError             another run holds the host
    ├── StepError               an operation failed on the host
    ├── ClusterError            Kubernetes did not answer, or not as needed
    ├── LaunchError             a launch ended in phase "failed", or never ended
    ├── VerifyError             a check failed
    └── VmError                 a throwaway VM could not be made, found or removed

Anything else that escapes is a bug: exit 3, with a log file (see cli/main.py).
"""


class BinderError(Exception):
    """What happened (`message`), where (`where`: file:line:column, host, step), what to do next (`hint`)."""

    exit_code = 1

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class ConfigError(BinderError):
    """The host file is wrong; the message lists every problem, one block each."""


class BundleError(BinderError):
    """A file of the bundle or a download is missing, damaged or not the one that was asked for."""


class SizingError(BinderError):
    """The machine cannot hold what was asked; the message says by how much."""


class ConnectError(BinderError):
    """ssh did not get through, or the host is not who it was."""


class PreflightError(BinderError):
    """The host is not fit for the work; nothing was touched."""


class LockedError(BinderError):
    """Another run holds the host's lock."""


class StepError(BinderError):
    """An operation failed on the host; running `up` again resumes."""


class ClusterError(BinderError):
    """Kubernetes did not answer, or not with what was needed."""


class LaunchError(BinderError):
    """A launch failed or did not end in time."""


class VerifyError(BinderError):
    """At least one check failed."""


class VmError(BinderError):
    """A throwaway VM could not be made, found or removed."""
