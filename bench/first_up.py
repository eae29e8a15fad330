"""The tool's own share of the wall time of a first `up`: all but waiting for the VM.

python bench/first_up.py --bundle DIR            target: less than 10 %

A fresh VM called `bench` is made (not measured), provisioned once, and destroyed. `--vm NAME` takes one
that is there and still bare instead, and keeps it.

    waiting = the time in which some `ssh` command of the tool was at work on the VM
    own     = the rest of the wall time, and all CPU time that was used here: the tool, its ssh commands,
              and the connection that they share

CPU time outside of `waiting` counts twice, so the share is an upper bound. What an emulated VM takes from
the same cores stretches the rest too, and is counted as own.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import measure

from binder_singlenode import ssh
from binder_singlenode.provision import targets

VM = "bench"
TARGET_SHARE = 0.10
OURS = [sys.executable, "-m", "binder_singlenode"]

# Stands before ssh in the PATH. Questions that ssh answers without the VM (-G, -O) are not waiting.
_WATCHED_SSH = """#!/bin/bash
case " $* " in *" -G "* | *" -O "*) exec {ssh} "$@" ;; esac
begin=$EPOCHREALTIME
{ssh} "$@"
code=$?
echo "${{begin/,/.}} ${{EPOCHREALTIME/,/.}}" >>{log}
exit $code
"""


def waiting_s(log: Path) -> float:
    """Length of the union of the intervals in the log: commands at the same time count once."""
    total_s, end_s = 0.0, 0.0
    for begin, end in sorted(tuple(map(float, line.split())) for line in log.read_text().splitlines()):
        total_s += max(0.0, end - max(begin, end_s))
        end_s = max(end_s, end)
    return total_s


def connection_cpu_s(name: str) -> float:
    """CPU time of the shared connection: it runs in the background, so nobody's children include it."""
    config = ssh.write_config(targets.resolve(name).host)
    words = ["ssh", "-F", str(config), "-O", "check", ssh.ALIAS]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stderr
    found = re.search(r"pid=(\d+)", told)
    assert found, told
    fields = Path(f"/proc/{found[1]}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # user, system


def first_up(name: str, bundle: Path, folder: Path) -> tuple[measure.Run, float]:
    """The run, and how long it waited for the VM."""
    log, wrapper = folder / "log", folder / "ssh"
    wrapper.write_text(_WATCHED_SSH.format(ssh=shutil.which("ssh"), log=log))
    wrapper.chmod(0o755)
    words = ["up", name, "--yes", "--no-verify", "--json", "--bundle", str(bundle)]
    done = measure.run([*OURS, *words], {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"})
    if done.code != 0:
        sys.exit(f"binder-singlenode up ended with {done.code}: {done.stderr[-4000:]}")
    return done, waiting_s(log)


def vm(*words: str) -> str:
    """One `vm` command; its talk goes where ours goes."""
    done = subprocess.run([*OURS, "vm", *words], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def measured(name: str, bundle: Path) -> int:
    """One first `up`, and its share."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        done, waited_s = first_up(name, bundle, Path(folder))
    cpu_s = done.cpu_s + connection_cpu_s(name)
    outside_s = done.wall_s - waited_s
    share = (outside_s + cpu_s) / done.wall_s
    print(f"first up: {done.wall_s:.1f} s wall, {json.loads(done.stdout)['changed']} changes")
    print(f"  waiting for the VM            {waited_s:8.1f} s")
    print(f"  the rest of the wall time     {outside_s:8.1f} s")
    print(f"  CPU time used here            {cpu_s:8.1f} s")
    print(f"own share: {100 * share:.1f} % at most (target: less than {100 * TARGET_SHARE:.0f} %)")
    return measure.verdict(share < TARGET_SHARE)


def main() -> int:
    """A VM of its own, gone at the end whatever happens; or a given one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--bundle", type=Path, required=True, metavar="DIR")
    parser.add_argument("--vm", metavar="NAME")
    asked = parser.parse_args()
    if asked.vm:
        return measured(asked.vm, asked.bundle)
    if any(each["name"] == VM for each in json.loads(vm("list", "--json"))):
        sys.exit(f"there is a VM {VM} already; next: binder-singlenode vm destroy {VM}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        vm("create", VM, "--memory", "6G")
        return measured(VM, asked.bundle)
    finally:
        vm("destroy", VM, "--yes")


if __name__ == "__main__":
    sys.exit(main())
