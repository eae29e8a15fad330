"""The section `home` of the host file: the users' persistent homes."""

from typing import Annotated

from pydantic import AfterValidator, Field

from binder_singlenode.base import bounds, units
from binder_singlenode.config.model import fields
from binder_singlenode.config.model.sections import Section

_SIZE = AfterValidator(bounds.kubernetes_size(bounds.LEAST_HOME, "a home"))


class Home(Section):
    """Persistent home of each user (mode persistent): the folder ~/persistent, the same in all sessions."""

    size: Annotated[fields.KubernetesBytes, _SIZE] = "5Gi"
    """The size of one home: a hard limit, because each home is a separate file system. It can be raised
    later, never lowered. Kubernetes' units: 5Gi = 5 * 1024^3 bytes, 5G = 5 * 1000^3."""
    users: Annotated[int, Field(ge=1, le=500)] = 20
    """Maximum number of users with a home; the disk must hold all homes. It can be raised later, never
    lowered. One home is always reserved for binder_singlenode, the account of `up`, `verify` and `warm`: 20
    homes are enough for 19 people."""

    @property
    def size_bytes(self) -> int:
        return units.parse_kubernetes_bytes(self.size)
