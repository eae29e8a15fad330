"""The life of a VM in user-mode Linux."""

import pytest

from .helpers.vm_life import *  # noqa: F403

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(3600)]

ENGINE = "uml"
