"""Every error that binder-singlenode raises on purpose.

    BinderError                 exit 1: an expected failure, with the next step to take
    ├── ConfigError             the host file is wrong (file:line:column)
    ├── BundleError             a bundle or download is missing, damaged or differs from the lock file
    ├── SizingError             the machine is too small, or a budget cannot be met
    ├── ConnectError            ssh: unreachable, key refused, host key unknown or changed
    │   └── LostConnection      the connection ended in the middle of a command
    ├── PreflightError          the host does not meet the requirements: all problems at once
    ├── LockedError             another run holds the host's lock
    ├── StepError               an operation failed on the host
    ├── ClusterError            Kubernetes did not answer, or not as expected
    ├── LaunchError             a launch ended in phase "failed", or did not end in time
    ├── VerifyError             a check failed
    └── VmError                 a throwaway VM could not be created, found or removed

Any other exception is a bug: exit 3, with a log file (see cli/main.py).
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
    """The host file is invalid; the message lists every problem, one block each."""


class BundleError(BinderError):
    """A file of the bundle or a download is missing, damaged or not the requested one."""


class SizingError(BinderError):
    """The machine is too small for the settings; the message says by how much."""


class ConnectError(BinderError):
    """ssh could not connect, or the host key is unknown or has changed."""


class LostConnection(ConnectError):
    """The connection to `host` ended in the middle of a command; `reason` is what ssh said."""

    def __init__(self, host: str, reason: str, *, hint: str, doing: str = "") -> None:
        during = f" while {doing}" if doing else ""
        super().__init__(
            f"lost the connection to {host}{during}" + (f" ({reason})" if reason else ""), hint=hint
        )
        self._parts = (host, reason, hint)

    def during(self, doing: str) -> "LostConnection":
        """The same error, with what was being done."""
        host, reason, hint = self._parts
        return LostConnection(host, reason, hint=hint, doing=doing)


class PreflightError(BinderError):
    """The host does not meet the requirements; nothing was changed."""


class LockedError(BinderError):
    """Another run holds the host's lock."""


class StepError(BinderError):
    """An operation failed on the host; running `up` again resumes."""


class ClusterError(BinderError):
    """Kubernetes did not answer, or not as expected."""


class LaunchError(BinderError):
    """A launch failed or did not end in time."""

    cause: str | None = None
    """Of a failed build: a name of binderhub/launch/causes.py."""


class VerifyError(BinderError):
    """At least one check failed."""


class VmError(BinderError):
    """A throwaway VM could not be created, found or removed."""
