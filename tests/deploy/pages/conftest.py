"""The browser as a fixture."""

import os
import shutil

import pytest

from .browser import Browser, unpacked


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Browser:
    if os.geteuid() != 0 or shutil.which("mmdebstrap") is None:
        pytest.skip("a browser is unpacked by root with mmdebstrap")
    try:
        return Browser(unpacked(), tmp_path_factory.mktemp("browser"))
    except Exception as error:  # the test bed's BuildError: no mirror, say
        pytest.skip(f"no browser can be had here: {error}")
