"""Our client of Jupyter's kernels, against the test bed's Jupyter Server in a process of its own."""

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from binder_singlenode.binderhub import jupyter_kernel
from binder_singlenode.errors import LaunchError

from .jupyter_parts import Parts, parts

TOKEN = "s3cret"

pytestmark = pytest.mark.timeout(1800)  # the first time, its packages are fetched and compiled


@pytest.fixture(scope="session")
def jupyter() -> Parts:
    return parts()


@pytest.fixture
def session(jupyter: Parts, tmp_path: Path) -> Iterator[str]:
    """The URL of a session that answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/user/x/"
    options = {
        "token": TOKEN,
        "base_url": "/user/x/",
        "port": port,
        "port_retries": 0,
        "ip": "127.0.0.1",
        "root_dir": tmp_path,
        "allow_root": True,
        "tornado_settings": "{'ws_ping_interval': 1000}",
    }
    words = [f"--ServerApp.{name}={value}" for name, value in options.items()]
    environment = jupyter.environment(jupyter.session) | {"MEM_LIMIT": "2147483648", "HOME": str(tmp_path)}
    running = subprocess.Popen([jupyter.python, "-m", "jupyter_server", *words], env=environment)
    end = time.monotonic() + 120
    while not _answers(url):
        assert time.monotonic() < end and running.poll() is None, "the session's server does not answer"
    yield url
    running.terminate()
    running.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}api", timeout=5).is_success
    except httpx.HTTPError:
        return False


def test_a_cell_says_what_it_prints(session: str) -> None:
    with jupyter_kernel.opened(session, TOKEN) as cell:
        outcome = cell.run('import os\nprint(os.environ["MEM_LIMIT"])', 30)
        assert outcome == jupyter_kernel.Outcome("2147483648\n", False, "")
        assert cell.run('print(open("/etc/hostname").read())', 30).text.strip()
    assert jupyter_kernel.language(session, TOKEN) == "python"


def test_an_exception_is_told(session: str) -> None:
    with jupyter_kernel.opened(session, TOKEN) as cell:
        assert cell.run('print(open("/nonesuch").read())', 30).error.startswith("FileNotFoundError: ")


def test_a_kernel_that_is_killed_is_told_and_replaced(session: str) -> None:
    with jupyter_kernel.opened(session, TOKEN) as cell:
        assert cell.run("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", 60).died
        assert cell.answers()
        deadline = time.monotonic() + 60
        while not _printed(cell):
            assert time.monotonic() < deadline, "no output of the new kernel within 60 s"


def _printed(cell: jupyter_kernel.Kernel) -> str:
    """Until Jupyter Server is connected with a new kernel, a request, or what it prints, can be lost."""
    try:
        return cell.run('print(open("/etc/hostname").read())', 10).text
    except LaunchError:
        return ""


def test_pings_do_not_keep_a_window_open(session: str) -> None:
    """Nor a cell that never ends: the session's server pings every second."""
    with jupyter_kernel.opened(session, TOKEN) as window:
        begin = time.monotonic()
        window.stay(2.5)
        assert 2.5 <= time.monotonic() - begin < 20
        with pytest.raises(LaunchError, match="the cell did not end in 2 s"):
            window.run("import time\ntime.sleep(600)", 2)


def test_an_open_window_is_counted_and_a_closed_one_is_not(session: str) -> None:
    def connections() -> int:
        headers = {"Authorization": f"token {TOKEN}"}
        return int(httpx.get(f"{session}api/status", headers=headers, timeout=5).json()["connections"])

    with jupyter_kernel.opened(session, TOKEN) as cell:
        cell.stay(0.2)
        assert connections() == 1
    end = time.monotonic() + 10
    while connections():
        assert time.monotonic() < end, "the window is closed, and counted still"


def test_a_wrong_token_is_refused_in_words(session: str) -> None:
    with pytest.raises(LaunchError, match="403"), jupyter_kernel.opened(session, "wrong"):
        pass


def test_a_session_that_is_gone_is_an_error_of_ours() -> None:
    with pytest.raises(LaunchError, match="api/kernelspecs"):
        jupyter_kernel.language("http://127.0.0.1:9/", TOKEN)
