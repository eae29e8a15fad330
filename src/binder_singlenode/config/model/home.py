"""The section `home` of the host file: what users keep, with mode persistent."""

from typing import Annotated

from pydantic import AfterValidator, Field

from binder_singlenode.base import units
from binder_singlenode.config.model import fields
from binder_singlenode.config.model.addresses import FieldError, show
from binder_singlenode.config.model.sections import Section

LEAST_BYTES = 64 * 1024**2
"""Below this a file system is mostly its own bookkeeping."""


def _size(text: str) -> str:
    if units.parse_kubernetes_bytes(text) < LEAST_BYTES:
        raise FieldError(f"{show(text)} is too small for a home", hint='at least 64Mi, as in "5Gi"')
    return text


class Home(Section):
    """What each user keeps, with mode persistent: the folder ~/persistent, the same in all sessions."""

    size: Annotated[fields.KubernetesBytes, AfterValidator(_size)] = "5Gi"
    """The size of one home: a file system of its own, which ends there. It may grow later, never shrink.
    Kubernetes' units: 5Gi = 5 * 1024^3 bytes, 5G = 5 * 1000^3."""
    users: Annotated[int, Field(ge=1, le=500)] = 20
    """The most users with a home; the disk must hold them all. It may grow later, never shrink. One of them
    is binder_singlenode, the account of `up`, `verify` and `warm`, for good: 20 are 19 people."""

    @property
    def size_bytes(self) -> int:
        return units.parse_kubernetes_bytes(self.size)
