"""The command line as a stranger meets it: in a process of its own, with nothing set up."""

import json
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from binder_singlenode.releases import versions

Cli = Callable[..., "subprocess.CompletedProcess[str]"]

COMMANDS = (
    *("init", "check", "plan", "up", "verify", "status", "launch", "warm", "logs", "kubeconfig", "ssh"),
    *("size", "schema", "down", "vm"),
)
VM_COMMANDS = ("create", "list", "ssh", "save", "reset", "fork", "destroy", "reap")
ROOT = Path(__file__).parents[2]


def test_help_names_every_command(cli: Cli) -> None:
    done = cli("--help")
    assert done.returncode == 0
    listed = re.findall(r"^  (\w+) {2,}\S", done.stdout.partition("Commands:")[2], re.MULTILINE)
    assert sorted(listed) == sorted(COMMANDS)


@pytest.mark.parametrize("words", [*((name,) for name in COMMANDS), *(("vm", name) for name in VM_COMMANDS)])
def test_every_command_says_what_it_does(cli: Cli, words: tuple[str, ...]) -> None:
    done = cli(*words, "--help")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) > 4


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme(command: str) -> None:
    assert re.search(rf"^\| `{command}[ `]", (ROOT / "README.md").read_text(), re.MULTILINE)


def test_the_version_is_the_package_s(cli: Cli) -> None:
    done = cli("--version")
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", done.stdout)


def test_the_versions_that_are_installed_have_dates(cli: Cli) -> None:
    lines = cli("--versions").stdout.splitlines()
    assert len(lines) == len(versions.pinned())
    assert all(re.search(r" of \d{4}-\d\d-\d\d", line) for line in lines)


def test_no_command_is_a_usage_error_with_help(cli: Cli) -> None:
    done = cli()
    assert done.returncode == 2


def test_an_unknown_option_is_a_usage_error(cli: Cli) -> None:
    done = cli("up", "vm", "--no-such-thing")
    assert done.returncode == 2
    assert "--no-such-thing" in done.stderr


@pytest.mark.parametrize("heavy", ["pyinfra", "kubernetes", "gevent", "rich", "hcloud", "pydantic"])
def test_help_imports_nothing_heavy(heavy: str) -> None:
    script = (
        "import sys; from binder_singlenode.cli.main import run; run(['plan', '--help'])\n"
        f"sys.exit(int({heavy!r} in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.DEVNULL, check=False)
    assert done.returncode == 0


def test_an_unknown_host_says_how_to_make_one(cli: Cli) -> None:
    done = cli("plan", "nowhere")
    assert done.returncode == 1
    assert done.stdout == ""
    assert 'error: there is no host "nowhere"' in done.stderr
    assert "next:  " in done.stderr


@pytest.mark.parametrize("words", [("plan",), ("up",), ("check", "--verbose")])
def test_a_run_names_its_log_file(cli: Cli, silent_host: Path, words: tuple[str, ...]) -> None:
    done = cli(*words, str(silent_host))
    named = re.match(rf"log: (\S+-{words[0]}-\d+\.log)\n", done.stderr)
    assert named
    assert "Connection refused" in Path(named[1]).read_text()


def test_other_runs_have_one_all_the_same(cli: Cli, silent_host: Path, tmp_path: Path) -> None:
    done = cli("check", str(silent_host))
    assert "log:" not in done.stderr
    (log,) = tmp_path.rglob("*-check-*.log")
    assert "Connection refused" in log.read_text()


def test_a_bad_host_file_shows_every_line_that_is_wrong(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "lab.yaml"
    file.write_text("address: 203.0.113.7\nsesions: {}\nssh:\n  port: many\n")
    done = cli("check", str(file))
    assert done.returncode == 1
    assert "lab.yaml:2:1" in done.stderr
    assert 'did you mean "sessions"?' in done.stderr
    assert "lab.yaml:4:9" in done.stderr


def test_a_vm_that_is_not_there_says_what_makes_one(cli: Cli) -> None:
    done = cli("status", "vm")
    assert done.returncode == 1
    assert "binder-singlenode up vm" in done.stderr


@pytest.fixture
def silent_host(tmp_path: Path) -> Path:
    """The host file of a host where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    file = tmp_path / "silent.yaml"
    file.write_text(f"address: 127.0.0.1\nurl: http://127.0.0.1:{port}\nssh:\n  port: {port}\n")
    return file


def test_status_of_a_silent_host_is_its_screen_all_the_same(cli: Cli, silent_host: Path) -> None:
    done = cli("status", str(silent_host))
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert re.match(r"host +silent \(127\.0\.0\.1\), not reached: .*Connection refused", lines[0])
    assert any(re.match(r"sessions +unknown of unknown", line) for line in lines)
    assert re.match(r"next: for details run: ssh -v -p \d+ ", lines[-1])


def test_status_of_a_silent_host_as_data(cli: Cli, silent_host: Path) -> None:
    done = cli("status", str(silent_host), "--json")
    assert done.returncode == 1
    data = json.loads(done.stdout)
    assert "Connection refused" in data["unreached"]
    assert (data["ok"], data["node"]) == (False, None)
    assert data["next_step"].startswith("for details run: ssh -v")


def test_size_refuses_a_small_machine_and_says_by_how_much(cli: Cli) -> None:
    done = cli("size", "--memory", "2G", "--cpus", "2", "--disk", "40G")
    assert done.returncode == 1
    assert re.search(r"short of \d\.\d GiB", done.stderr)


def test_size_as_data_and_as_arithmetic(cli: Cli) -> None:
    words = ("size", "--memory", "64G", "--cpus", "16", "--disk", "500G")
    data = json.loads(cli(*words, "--json").stdout)["sessions"]
    assert data["quota"] > 30
    assert data["guarantee_bytes"] == 1024**3
    assert str(data["quota"]) in cli(*words).stdout


def test_size_wants_a_whole_machine(cli: Cli) -> None:
    done = cli("size", "--memory", "64G")
    assert done.returncode == 2


def test_init_writes_a_file_once(cli: Cli, tmp_path: Path) -> None:
    first = cli("init", "root@203.0.113.7", "--json")
    path = Path(json.loads(first.stdout)["file"])
    text = path.read_text()
    assert "203.0.113.7" in text
    assert cli("init", "root@203.0.113.7").returncode == 0
    assert path.read_text() == text


def test_the_schema_is_the_one_in_inventories(cli: Cli) -> None:
    assert cli("schema").stdout == (ROOT / "inventories/schema.json").read_text()
    assert cli("schema", "--json").stdout == cli("schema").stdout


def test_no_vm_is_an_empty_list(cli: Cli) -> None:
    assert json.loads(cli("vm", "list", "--json").stdout) == []


def test_a_bug_names_its_log_file(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom binder_singlenode import config\nfrom binder_singlenode.cli import main\n"
        "def broken(*_): raise ZeroDivisionError('on purpose')\n"
        "config.planned = broken\nsys.exit(main.run(['plan', 'lab']))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 3
    named = re.search(r"in (\S+\.log)", done.stderr)
    assert named
    assert "ZeroDivisionError: on purpose" in Path(named[1]).read_text()


def test_check_names_wrong_extra_values_also_without_an_answer(cli: Cli, silent_host: Path) -> None:
    text = silent_host.read_text(encoding="utf-8")
    silent_host.write_text(
        f"{text}release:\n  extra_values:\n    confg: {{}}\n    jupyterhub: null\n", "utf-8"
    )
    done = cli("check", str(silent_host))
    assert done.returncode == 1
    assert "confg: the chart has no such key, and refuses it; did you mean config?" in done.stderr
    assert "jupyterhub: it must be a mapping" in done.stderr
    line = len(text.splitlines()) + 3
    assert f"{silent_host}:{line}:" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("launch", "HOST", "https://me:hunter2@git.example.org/a"),
        ("warm", "HOST", "owner/repo", "https://me:hunter2@git.example.org/a"),
        ("verify", "HOST", "--launch", "https://me:hunter2@git.example.org/a"),
        ("up", "HOST", "--launch", "https://me:hunter2@git.example.org/a"),
    ],
)
def test_a_repository_that_cannot_be_read_is_refused_before_anything_is_sent(
    cli: Cli, silent_host: Path, words: tuple[str, ...]
) -> None:
    done = cli(*(str(silent_host) if word == "HOST" else word for word in words))
    assert done.returncode == 1
    assert "holds a password" in done.stderr and "refused" not in done.stderr.lower().replace("refuses", "")
    assert "hunter2" not in done.stdout + done.stderr
