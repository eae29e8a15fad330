"""The section `sessions` of the host file."""

from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from binder_singlenode.base import bounds, units
from binder_singlenode.config.model import fields
from binder_singlenode.config.model.addresses import FieldError
from binder_singlenode.config.model.sections import Section

_SIZE = AfterValidator(bounds.jupyterhub_size(bounds.LEAST_SESSION, "a session"))


class Sessions(Section):
    """Resources and lifetime of each session."""

    memory_guarantee: Annotated[fields.JupyterHubBytes, _SIZE] = "1G"
    """Memory reserved for each session. The number of sessions is computed from it. JupyterHub's units:
    1G = 1024^3 bytes."""
    memory_limit: Annotated[fields.JupyterHubBytes, _SIZE, Field(validate_default=True)] = "2G"
    """Maximum memory of a session; above it, the Jupyter kernel is killed. At least memory_guarantee.
    JupyterHub's units: 1G = 1024^3 bytes."""
    cpu_guarantee: Annotated[float, Field(ge=0, le=1024)] = 0.01
    """CPUs reserved for each session. Keep it small: sessions are idle most of the time."""
    cpu_limit: Annotated[float, Field(ge=0.01, le=1024, validate_default=True)] = 1.0
    """Maximum CPUs of a session. At least cpu_guarantee."""
    idle_timeout: fields.Duration = "10m"
    """A session that nobody uses for this long is stopped."""
    max_age: Annotated[fields.Duration, Field(validate_default=True)] = "12h"
    """A session older than this is stopped, even if it is in use. Must be longer than idle_timeout."""
    per_repository: fields.Count | None = None
    """Maximum number of concurrent sessions of one repository. Left out: half of the quota, at most 100, so
    that one repository cannot fill the machine. For a workshop where everybody opens the same repository,
    write the number of people."""
    quota: fields.Count | None = None
    """Maximum number of concurrent sessions. Left out: as many as the machine's memory can guarantee."""

    @field_validator("memory_limit")
    @classmethod
    def _limit_holds_guarantee(cls, value: str, info: ValidationInfo) -> str:
        low = info.data.get("memory_guarantee")
        if low and units.parse_jupyterhub_bytes(value) < units.parse_jupyterhub_bytes(low):
            raise FieldError(
                f"memory_limit ({value}) is less than memory_guarantee ({low})",
                hint=f"raise memory_limit to {low} or more, or lower memory_guarantee",
                near="memory_guarantee",
            )
        return value

    @field_validator("cpu_limit")
    @classmethod
    def _limit_holds_cpu(cls, value: float, info: ValidationInfo) -> float:
        low = info.data.get("cpu_guarantee")
        if low is not None and value < low:
            raise FieldError(
                f"cpu_limit ({value:g}) is less than cpu_guarantee ({low:g})",
                hint=f"raise cpu_limit to {low:g} or more, or lower cpu_guarantee",
                near="cpu_guarantee",
            )
        return value

    @field_validator("max_age")
    @classmethod
    def _age_exceeds_idle(cls, value: str, info: ValidationInfo) -> str:
        idle = info.data.get("idle_timeout")
        if idle and units.parse_duration_s(value) <= units.parse_duration_s(idle):
            raise FieldError(
                f"max_age ({value}) is not longer than idle_timeout ({idle})",
                hint=f"raise max_age above {idle}, or lower idle_timeout",
                near="idle_timeout",
            )
        return value

    @property
    def memory_guarantee_bytes(self) -> int:
        return units.parse_jupyterhub_bytes(self.memory_guarantee)

    @property
    def memory_limit_bytes(self) -> int:
        return units.parse_jupyterhub_bytes(self.memory_limit)

    @property
    def idle_timeout_s(self) -> int:
        return units.parse_duration_s(self.idle_timeout)

    @property
    def max_age_s(self) -> int:
        return units.parse_duration_s(self.max_age)
