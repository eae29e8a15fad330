"""Our client of Jupyter's kernels, against the double's session server in a process of its own."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from binder_singlenode import kernel
from binder_singlenode.errors import LaunchError

HERE = Path(__file__).parent
TOKEN = "s3cret"
LIMIT_BYTES = 1024**3  # of address space, for the server and for what its kernels run in

pytestmark = [
    pytest.mark.timeout(1200),  # the first time, its libraries are compiled
    pytest.mark.skipif(shutil.which("go") is None, reason="go is not installed"),
]


@pytest.fixture(scope="session")
def double() -> Path:
    """The double, from the cache of the person who runs the tests."""
    sys.path.insert(0, str(HERE))
    from building import golang

    return golang.program("binderhub-double", HERE / "binderhub")


@pytest.fixture
def session(double: Path) -> Iterator[str]:
    """The URL of a session that answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/user/x/"
    words = [
        "prlimit",
        f"--as={LIMIT_BYTES}",
        double,
        "jupyter-lab",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--ServerApp.base_url=/user/x/",
        "--ServerApp.websocket_ping_interval=1",
    ]
    environment = {**os.environ, "MEM_LIMIT": "2147483648"}
    running = subprocess.Popen([*words, f"--ServerApp.token={TOKEN}"], env=environment)
    end = time.monotonic() + 30
    while not _answers(url):
        assert time.monotonic() < end and running.poll() is None, "the session's server does not answer"
    yield url
    running.kill()
    running.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}api", timeout=5).is_success
    except httpx.HTTPError:
        return False


def test_a_cell_says_what_it_prints(session: str) -> None:
    with kernel.opened(session, TOKEN) as cell:
        outcome = cell.run('import os\nprint(os.environ["MEM_LIMIT"])', 30)
        assert outcome == kernel.Outcome("2147483648\n", False, "")
        assert cell.run('print(open("/etc/hostname").read())', 30).text.strip()
    assert kernel.language(session, TOKEN) == "python"


def test_an_exception_is_told(session: str) -> None:
    with kernel.opened(session, TOKEN) as cell:
        assert cell.run('print(open("/nonesuch").read())', 30).error.startswith("OSError: ")


def test_a_kernel_that_is_killed_is_told_and_replaced(session: str) -> None:
    with kernel.opened(session, TOKEN) as cell:
        assert cell.run(f'taken = b"x" * {2 * LIMIT_BYTES}', 60).died
        assert cell.answers()
        assert cell.run('print(open("/etc/hostname").read())', 30).text


def test_pings_do_not_keep_a_window_open(session: str) -> None:
    """Nor a cell that never ends: the session's server pings every second."""
    with kernel.opened(session, TOKEN) as window:
        begin = time.monotonic()
        window.stay(2.5)
        assert 2.5 <= time.monotonic() - begin < 20
        # A cell that is not answered at all.
        with pytest.raises(LaunchError, match="the cell did not end in 2 s"):
            list(window._answers({"header": {"msg_type": "nonesuch"}}, 2))


def test_an_open_window_is_counted_and_a_closed_one_is_not(session: str) -> None:
    def connections() -> int:
        headers = {"Authorization": f"token {TOKEN}"}
        return int(httpx.get(f"{session}api/status", headers=headers, timeout=5).json()["connections"])

    with kernel.opened(session, TOKEN) as cell:
        cell.stay(0.2)
        assert connections() == 1
    end = time.monotonic() + 10
    while connections():
        assert time.monotonic() < end, "the window is closed, and counted still"


def test_a_wrong_token_is_refused_in_words(session: str) -> None:
    with pytest.raises(LaunchError, match="403"), kernel.opened(session, "wrong"):
        pass


def test_a_session_that_is_gone_is_an_error_of_ours() -> None:
    with pytest.raises(LaunchError, match="api/kernelspecs"):
        kernel.language("http://127.0.0.1:9/", TOKEN)
