"""What apt says, and what is said to do about it: one test per message."""

import subprocess
from pathlib import Path

import pytest

from binder_singlenode.deploy.operations import apt

# As apt 2.6 and 2.7, dpkg 1.21 and 1.22 print them.
WORDS = (
    "E: Release file for http://m/dists/x/InRelease is not valid yet (invalid for another 3h 1min 2s).",
    "E: Release file for http://m/dists/x/InRelease is expired (invalid since 3d 1h).",
    "E: Malformed entry 1 in list file /etc/apt/sources.list.d/x.list (URI)",
    "Err:1 cdrom://[Debian GNU/Linux 12]/ x Release\n  Please use apt-cdrom to make this CD-ROM recognized",
    "Err:1 http://m x InRelease\n  407  Proxy Authentication Required",
    "W: Failed to fetch http://m/dists/x/InRelease  Temporary failure resolving 'm'",
    "W: Failed to fetch http://m/dists/x/InRelease  Could not connect to m:80 (192.0.2.1)",
    "E: The repository 'http://m x Release' does not have a Release file.",
    "W: GPG error: http://m x InRelease: ... NO_PUBKEY 0123456789ABCDEF",
    "Err:1 https://m x InRelease\n  Certificate verification failed: The certificate is NOT trusted.",
    "E: Failed to fetch http://m/Packages.gz  Hash Sum mismatch",
    "E: You don't have enough free space in /var/cache/apt/archives/.",
    "E: Could not open file /var/lib/apt/x - open (30: Read-only file system)",
    "E: Held packages were changed and -y was used without --allow-change-held-packages.",
    "E: Unable to correct problems, you have held broken packages.",
    "E: Unable to locate package conntrack",
    "dpkg: error processing package x (--configure):\nE: Sub-process dpkg returned an error code (1)",
    "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 7 (apt)",
)


def test_each_message_has_words_of_apt() -> None:
    assert len(WORDS) == len(apt.REMEDIES)


@pytest.mark.parametrize("number", range(len(WORDS)))
def test_what_to_do_is_said(number: int, tmp_path: Path) -> None:
    words, (_, remedy) = WORDS[number], apt.REMEDIES[number]
    for name, body in {
        "apt-get": f"cat <<'END' >&2\n{words}\nEND\nexit 100",
        "apt-config": "",
        "dpkg": "",
        "dpkg-query": "exit 1",
    }.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    done = subprocess.run(
        ["sh", "-c", apt.install_script(["x"], 0)],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 100
    assert f"do: {remedy}" in done.stderr.splitlines()
    assert words.splitlines()[0] in done.stderr
