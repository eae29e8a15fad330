"""edit(): the fields change, and not one other character."""

import random
import stat
from pathlib import Path
from typing import Any

import pytest

from binder_singlenode import config
from binder_singlenode.config import HostFileError
from binder_singlenode.errors import ConfigError

EXAMPLE = Path(__file__).parents[3] / "inventories" / "example.yaml"


def edited(tmp_path: Path, text: str, changes: dict[str, Any]) -> str:
    """The text of a host file after edit()."""
    file = tmp_path / "h.yaml"
    file.write_bytes(text.encode())
    config.edit(file, changes)
    return file.read_bytes().decode()


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        # set what is there; quotes, comments and odd blanks around it stay
        ("address:  a.b   # here\n", {"address": "c.d"}, "address:  c.d   # here\n"),
        ("address: 'a.b'\nhostname: x.y\n", {"hostname": "c.d"}, "address: 'a.b'\nhostname: c.d\n"),
        ("address: a.b\nhostname: # later\n", {"hostname": "c.d"}, "address: a.b\nhostname: c.d # later\n"),
        (
            "address: a.b\nssh:\n  port: 22 # old\n",
            {"ssh": {"port": 23}},
            "address: a.b\nssh:\n  port: 23 # old\n",
        ),
        # add: behind the last line of the section, at its indentation
        ("address: a.b", {"hostname": "c.d"}, "address: a.b\nhostname: c.d\n"),
        (
            "address: a.b\nssh:\n    user: x # me\n    # more\n\n# next\nbuilds: {}\n",
            {"ssh.port": 23},
            "address: a.b\nssh:\n    user: x # me\n    port: 23\n    # more\n\n# next\nbuilds: {}\n",
        ),
        (
            "address: a.b\nssh: # how\n#  port: 1\n",
            {"ssh.port": 23},
            "address: a.b\nssh: # how\n  port: 23\n#  port: 1\n",
        ),
        ("address: a.b\nssh: {}\n", {"ssh.port": 23}, "address: a.b\nssh:\n  port: 23\n"),
        ("address: a.b\nssh: null\n", {"ssh.port": 23}, "address: a.b\nssh:\n  port: 23\n"),
        ("address: a.b\n", {"ssh": {"port": 23, "user": "u"}}, "address: a.b\nssh:\n  port: 23\n  user: u\n"),
        (
            "address: a.b\n",
            {"release.extra_values": {"hub.jupyter.org/x": {"y": [1, "0755"]}}},
            'address: a.b\nrelease:\n  extra_values:\n    hub.jupyter.org/x:\n      y: [1, "0755"]\n',
        ),
        # remove: the line, and nothing above or below
        (
            "address: a.b\n# public\nhostname: c.d # name\n# next\nurl: http://x\n",
            {"hostname": None},
            "address: a.b\n# public\n# next\nurl: http://x\n",
        ),
        ("address: a.b\nssh:\n  port: 23\n  # end\n", {"ssh.port": None}, "address: a.b\nssh:\n  # end\n"),
        ("address: a.b\n", {"ssh.port": None, "hostname": None}, "address: a.b\n"),
        (
            "address: a.b\nrelease:\n  extra_values:\n    a:\n      b: |\n        text\n# end\n",
            {"release.extra_values": {"a": {"b": None}}},
            "address: a.b\nrelease:\n# end\n",
        ),
        (
            "address: a.b\nhostname:\n# c\nnode:\n",
            {"hostname": None},
            "address: a.b\nhostname:\n# c\nnode:\n",
        ),
        (
            "address: a.b\nssh:\n  key:\n# c\n",
            {"ssh.port": 1},
            "address: a.b\nssh:\n  key:\n  port: 1\n# c\n",
        ),
        ("{url: , address: a.b}", {"url": "http://x"}, "{url: http://x , address: a.b}"),
        # block scalars end with their line
        (
            "address: a.b\nrelease:\n  extra_values:\n    a: |\n      text\n    b: 1\n",
            {"release.extra_values.a": "x"},
            "address: a.b\nrelease:\n  extra_values:\n    a: x\n    b: 1\n",
        ),
        # JSON-like files, which the program writes for its own VMs
        ("{address: a.b}", {"ssh.port": 23}, '{address: a.b, "ssh": {"port": 23}}'),
        ("{address: a.b, ssh: {port: 1, user: u}}", {"ssh.port": None}, "{address: a.b, ssh: {user: u}}"),
        ("{address: a.b, ssh: {port: 1, user: u}}", {"ssh.user": None}, "{address: a.b, ssh: {port: 1}}"),
        ("{ssh: {}, address: a.b}", {"ssh.user": "x"}, '{ssh: {"user": "x"}, address: a.b}'),
        # line ends, document marks
        ("address: a.b\r\n# c\r\n", {"hostname": "c.d"}, "address: a.b\r\nhostname: c.d\r\n# c\r\n"),
        ("---\naddress: a.b\n...\n", {"hostname": "c.d"}, "---\naddress: a.b\nhostname: c.d\n...\n"),
        # text that some programs take for something else
        ("address: a.b\n", {"hostname": "on"}, 'address: a.b\nhostname: "on"\n'),
        ("address: a.b\n", {"ssh.user": "0755"}, 'address: a.b\nssh:\n  user: "0755"\n'),
        ("address: a.b\n", {"ssh.key": Path("/x y/#k")}, "address: a.b\nssh:\n  key: /x y/#k\n"),
    ],
)
def test_an_edit(tmp_path: Path, before: str, changes: dict[str, Any], after: str) -> None:
    assert edited(tmp_path, before, changes) == after


def test_no_change_is_no_write(tmp_path: Path) -> None:
    file = tmp_path / "h.yaml"
    file.write_text("address: a.b\nssh: {port: 23}\n")
    before = file.stat()
    config.edit(file, {"address": "a.b", "ssh": {"port": 23}, "hostname": None, "sessions.quota": None})
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_mode_and_links_stay_and_nothing_is_left_behind(tmp_path: Path) -> None:
    real = tmp_path / "real.yaml"
    real.write_text("address: a.b\n")
    real.chmod(0o640)
    link = tmp_path / "link.yaml"
    link.symlink_to(real)
    config.edit(link, {"hostname": "c.d"})
    assert link.is_symlink()
    assert real.read_text() == "address: a.b\nhostname: c.d\n"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert sorted(path.name for path in tmp_path.glob("*.yaml*")) == ["link.yaml", "real.yaml"]
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sesions.quota": 1}, 'unknown key; did you mean "sessions"?'),
        ({"sessions.quota": 0}, "sessions.quota: 0 is too small"),
        ({"address": None}, "address: this line is missing"),
        ({"ssh.user": "-oProxyCommand=x"}, "is not a login name"),
        ({"sessions.memory_guarantee": "4G"}, "memory_limit (2G) is less than memory_guarantee (4G)"),
        ({"hostname.a": "x"}, "hostname: expected text, found a group of keys"),
    ],
)
def test_a_wrong_change_leaves_the_file_alone(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    file = tmp_path / "h.yaml"
    file.write_text("address: a.b # mine\nhostname: c.d\n")
    with pytest.raises(HostFileError) as caught:
        config.edit(file, changes)
    assert said in str(caught.value)
    assert "as changed:" in str(caught.value)
    assert file.read_text() == "address: a.b # mine\nhostname: c.d\n"


def test_a_wrong_file_is_not_edited(tmp_path: Path) -> None:
    file = tmp_path / "h.yaml"
    file.write_text("adress: a.b\n")
    with pytest.raises(HostFileError, match='did you mean "address"'):
        config.edit(file, {"hostname": "c.d"})
    assert file.read_text() == "adress: a.b\n"


def test_a_layout_that_cannot_be_changed_safely_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from binder_singlenode.config.yaml import splice

    monkeypatch.setattr(splice, "change", lambda text, steps, value: text + "node: {name: other}\n")
    file = tmp_path / "h.yaml"
    file.write_text("address: a.b\n")
    with pytest.raises(ConfigError) as caught:
        config.edit(file, {"hostname": "c.d"})
    assert str(caught.value) == f"{file}: this file's layout is too unusual to change it safely"
    assert caught.value.hint == "nothing was changed; make the change with an editor"
    assert file.read_text() == "address: a.b\n"


CHANGES: list[tuple[str, list[Any]]] = [
    ("hostname", ["x.example.org", "y.example.org"]),
    ("url", ["https://x:1", None]),
    ("ssh.user", ["debian", None]),
    ("ssh.port", [2222, None]),
    ("ssh.key", [None, "~/.ssh/other"]),
    ("ssh.jump", ["a@b:1", None]),
    ("sessions.quota", [1, 99, None]),
    ("sessions.memory_limit", ["3G", None]),
    ("sessions.cpu_limit", [0.5, None]),
    ("builds.concurrent", [3, None]),
    ("network.firewall", [False, None]),
    ("node.name", ["on", "n-1", None]),
    ("node.max_pods", [None, 50]),
    ("release.extra_values.config.BinderHub.banner_message", ["yes", "two\nlines", "# no comment", None]),
    ("release.extra_values.jupyterhub.hub.x", [[1, {"a": None}], True, None]),
]


@pytest.mark.parametrize("seed", range(8))
def test_any_series_of_edits_keeps_every_comment_and_means_what_was_asked(tmp_path: Path, seed: int) -> None:
    text = EXAMPLE.read_text()
    comments = [line for line in text.splitlines() if line.lstrip().startswith("#")]
    file = tmp_path / "h.yaml"
    file.write_text(text)
    choose = random.Random(seed)
    for _ in range(8):
        name, values = choose.choice(CHANGES)
        value = choose.choice(values)
        config.edit(file, {name: value})
        after = file.read_text()
        assert [line for line in after.splitlines() if line.lstrip().startswith("#")] == comments
        found: Any = config.loads(after, "h").model_dump(exclude_defaults=True)
        for step in name.split("."):
            found = found.get(step) if isinstance(found, dict) else None
        assert (str(found) if name == "ssh.key" and found else found) in (
            value,
            str(Path("~/.ssh/other").expanduser()),
        )
