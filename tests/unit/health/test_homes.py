"""Homes on the screen of `status`: how many, whose, how full, and what is wrong with them."""

import dataclasses
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from binder_singlenode.base.units import MIB
from binder_singlenode.cli.output.status import status_data, status_rows
from binder_singlenode.health import homes as health_homes
from binder_singlenode.health import host_report
from binder_singlenode.health.status import Status, gather
from binder_singlenode.layout import names, paths
from binder_singlenode.layout.paths import HOMES

from ..servers.played_session import PlayedSession, answer
from .status_bed import ANSWER, FakeCluster, a_host, hub, opening, session

FILES = "".join(
    f"{HOMES}/{name}.img {128 * MIB} {blocks} 512\n" for name, blocks in (("001", 2048), ("002", 8))
)
MOUNTS = f"{HOMES}/001 {100 * MIB} {20 * MIB}\n{HOMES}/002 {100 * MIB} {90 * MIB}\n"
CLAIMS = {names.volume_name("001"): "claim-ada", names.volume_name("002"): "", "of-somebody-else": "data"}


def persistent(base_url: str, users: int = 2) -> Any:
    host = a_host(base_url)
    host.persistent, host.home = True, SimpleNamespace(users=users, size_bytes=128 * MIB)
    return host


class Cluster(FakeCluster):
    def claims(self) -> dict[str, str]:
        return CLAIMS


def gathered(server: Any, files: str = FILES, mounts: str = MOUNTS, users: int = 2) -> Status:
    hub(server)
    told = f"{ANSWER}\n##binder homes\n{files}##binder mounted homes\n{mounts}"
    return gather(PlayedSession(persistent(server.url, users), play=answer(told)), opening(Cluster()))


def test_homes_are_counted_and_the_fullest_named(server: Any) -> None:
    found = gathered(server)
    rows = dict(status_rows(found))
    assert rows["homes"] == "2 of 2, 2 mounted, 1 claimed, 1 MiB of 256 MiB on the disk"
    assert rows["  001"] == "20 MiB of 100 MiB (20 %), claim-ada"
    assert "  002" not in rows, "it is nobody's"
    assert not [line for line in found.problems if "home" in line]


def test_programs_get_each_home_the_fullest_first(server: Any) -> None:
    told = status_data(gathered(server))["homes"]
    assert (told["wanted"], told["existing"], told["mounted"], told["claimed"]) == (2, 2, 2, 1)
    assert (told["taken_bytes"], told["share_bytes"]) == (MIB + 4096, 256 * MIB)
    assert [(each["name"], each["claim"], each["used_bytes"]) for each in told["homes"]] == [
        ("002", "", 90 * MIB),
        ("001", "claim-ada", 20 * MIB),
    ]


@pytest.mark.parametrize(
    ("files", "mounts", "users", "words"),
    [
        (FILES, "", 2, "2 of 2 homes are not mounted (001, 002): run `binder-singlenode up`"),
        (FILES, MOUNTS.splitlines()[1], 2, "1 of 2 homes are not mounted (001): run `binder-singlenode up`"),
        (FILES, MOUNTS, 3, "2 of 3 homes exist: run `binder-singlenode up`"),
    ],
)
def test_a_home_that_is_missing_is_a_problem(
    server: Any, files: str, mounts: str, users: int, words: str
) -> None:
    assert words in gathered(server, files, mounts, users).problems


def test_not_more_than_five_are_named() -> None:
    files = "".join(f"{HOMES}/{number:03d}.img 1 1 512\n" for number in range(1, 8))
    (line,) = health_homes.worries(health_homes.together(health_homes.parse(files, ""), 7, 1))
    assert "(001, 002, 003, 004, 005, …)" in line


def test_whose_they_are_is_unknown_without_kubernetes() -> None:
    use = health_homes.together(health_homes.parse(FILES, MOUNTS), 2, 256 * MIB)
    rows = dict(status_rows(dataclasses.replace(Status("alpha", "a", "b"), homes=use)))
    assert "2 mounted, unknown claimed" in rows["homes"]
    assert rows["  002"].endswith("(90 %), unknown")


def test_mode_binder_has_none(server: Any) -> None:
    hub(server)
    found = gather(session(server.url), opening(FakeCluster()))
    assert found.homes is None and "homes" not in dict(status_rows(found))


def test_the_script_counts_what_a_sparse_file_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "HOMES", str(tmp_path))
    assert _looked() == (), "what is not there is no error"
    with (tmp_path / "001.img").open("wb") as file:
        file.write(b"x" * 4096)
        file.truncate(128 * MIB)
    (tmp_path / "002.img.new").touch()
    (home,) = _looked()
    assert (home.name, home.limit_bytes, home.used_bytes) == ("001", 128 * MIB, None)
    assert 0 < home.taken_bytes < MIB


def _looked() -> tuple[health_homes.Home, ...]:
    done = subprocess.run(["sh", "-c", host_report.script()], capture_output=True, text=True, check=True)
    return host_report.parse(done.stdout).homes
