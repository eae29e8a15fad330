"""The script that forgets visitors' addresses, run for real, with a clock that can be moved forward."""

import gzip
import json
import os
import shutil
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from binder_singlenode.base.render import render

DAY = timedelta(days=1)
NOW = datetime.now().astimezone()
JOURNAL = "journal-calls"


def cri(at: datetime, text: str) -> str:
    """A line as containerd writes it, in local time."""
    return f"{at.strftime('%Y-%m-%dT%H:%M:%S.%f000%z')} stdout F {text}\n"


def request(at: datetime, address: str) -> str:
    """A line of the entry's access log."""
    told = {"level": "info", "ts": at.timestamp(), "request": {"remote_ip": address}}
    return json.dumps(told, separators=(",", ":")) + "\n"


class Bed:
    """Logs in a folder, and the script that cares for them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.access = folder / "access.log"
        self.pod = folder / "pods" / "binder_hub-1_uid" / "hub" / "0.log"
        self.work = folder / "work"
        self.days_forward = 0
        self.pod.parent.mkdir(parents=True)
        self.tools = folder / "bin"
        self.tools.mkdir()
        self.tool("journalctl", f'echo "$*" >> {folder / JOURNAL}; echo {NOW.timestamp()} host x: y')

    def tool(self, name: str, body: str) -> None:
        path = self.tools / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    def run(self, max_bytes: int = 10**9) -> None:
        """Run it, so many days later."""
        real = shutil.which("date")
        later = f'$(({self.days_forward} * 86400 + $({real} -d "$2" +%s)))'
        self.tool("date", f'[ "$1" = -d ] && exec {real} -d "@{later}" "$3"; exit 9')
        script = render(
            "retention/retention.sh.j2",
            days=30,
            access_log=self.access,
            pod_logs=self.folder / "pods",
            system_logs=[self.folder / "var" / name for name in ("syslog", "kern.log")],
            work=self.work,
            max_bytes=max_bytes,
        )
        environment = {**os.environ, "PATH": f"{self.tools}:{os.environ['PATH']}"}
        done = subprocess.run(
            ["sh"], input=script, env=environment, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def bed(tmp_path: Path) -> Bed:
    return Bed(tmp_path)


def test_every_line_goes_as_the_clock_moves_on_and_no_line_before(bed: Bed) -> None:
    """A quiet site: one line a day, which no rotation by size would ever touch."""
    days = range(60)
    bed.access.write_text("".join(request(NOW + day * DAY, f"192.0.2.{day}") for day in days))
    bed.pod.write_text("".join(cri(NOW + day * DAY, f"(user@192.0.2.{day})") for day in days))
    for day in days:
        bed.days_forward = day
        bed.run()
        for log in (bed.access, bed.pod):
            kept = [each for each in days if f"192.0.2.{each}" in [*words(log.read_text())]]
            assert kept == [each for each in days if each > day - 30], f"day {day}, {log.name}"
    bed.days_forward = 100
    bed.run()
    assert bed.access.read_text() == bed.pod.read_text() == ""
    assert list(bed.work.iterdir()) == []


def words(text: str) -> list[str]:
    """Addresses stand between quotes, or behind an @ and before a bracket."""
    return text.replace('"', " ").replace("@", " ").replace(")", " ").split()


def test_the_writer_goes_on_in_the_same_file(bed: Bed) -> None:
    bed.access.write_text(request(NOW - 40 * DAY, "192.0.2.1") + request(NOW, "192.0.2.2"))
    with bed.access.open("a") as writer:
        bed.run()
        writer.write(request(NOW, "192.0.2.3"))
    assert words(bed.access.read_text()).count("192.0.2.1") == 0
    assert [f"192.0.2.{last}" in bed.access.read_text() for last in (2, 3)] == [True, True]


def test_a_line_without_a_time_belongs_to_the_one_before(bed: Bed) -> None:
    bed.pod.write_text(cri(NOW - 40 * DAY, "old") + "its rest\n" + cri(NOW, "new") + "its own rest\n")
    bed.run()
    assert bed.pod.read_text() == cri(NOW, "new") + "its own rest\n"


def test_what_the_kubelet_has_rotated_goes_whole(bed: Bed) -> None:
    plain, packed, young = (bed.pod.with_name(f"0.log.{name}") for name in ("1", "2.gz", "3"))
    plain.write_text(cri(NOW - 31 * DAY, "old") + cri(NOW, "new"))
    packed.write_bytes(gzip.compress(cri(NOW - 31 * DAY, "old").encode()))
    young.write_text(cri(NOW - 29 * DAY, "young"))
    bed.run()
    assert [path.exists() for path in (plain, packed, young)] == [False, False, True]


def test_killed_half_way_nothing_young_is_lost_and_nothing_old_stays(bed: Bed) -> None:
    """Between the emptying of the file and the end of its filling: what stays lies in the work folder."""
    bed.work.mkdir()
    kept = bed.work / str(bed.pod).replace("/", "_")
    kept.write_text(cri(NOW - DAY, "one") + cri(NOW - DAY, "two"))
    bed.pod.write_text(cri(NOW - 31 * DAY, "old") + cri(NOW - DAY, "one"))
    bed.run()
    assert "old" not in bed.pod.read_text()
    assert "one" in bed.pod.read_text() and "two" in bed.pod.read_text()
    assert list(bed.work.iterdir()) == []


def test_a_log_that_is_too_large_loses_its_older_half(bed: Bed) -> None:
    lines = [request(NOW + timedelta(seconds=number), f"192.0.2.{number}") for number in range(100)]
    bed.access.write_text("".join(lines))
    bed.run(max_bytes=bed.access.stat().st_size - 1)
    left = bed.access.read_text().splitlines(keepends=True)
    assert left == lines[-len(left) :] and 45 <= len(left) <= 50


def test_a_quiet_host_has_no_logs(bed: Bed) -> None:
    bed.run()


def test_the_journal_lets_go_of_files_that_begin_too_early(bed: Bed) -> None:
    bed.run()
    calls = bed.folder / JOURNAL
    assert len(calls.read_text().splitlines()) == 1
    bed.days_forward = 30
    bed.run()
    assert calls.read_text().splitlines()[2:] == ["-q --rotate", "-q --vacuum-time=719h"]
