"""User-mode Linux beside an emulated CPU: the same commands in a VM of each, in turn, in one run.

python bench/vm.py [--bundle DIR] [--runs 3]            target: user-mode Linux needs no longer than emulation for
                                                        any workload but bare system calls, and half the time for
                                                        the whole `up` (with --bundle)

Two VMs, `bench-uml` and `bench-qemu`, cut off from every network, are made (not measured) and destroyed. Each workload
runs in one while the other idles. Times are the guest's own wall time of the command, without the ssh login.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import measure

OURS = [sys.executable, "-m", "binder_singlenode"]
ENGINES = ("uml", "qemu")
TARGET_UP_RATIO = 2.0

PREPARE = """
mkdir -p /root/bench && cd /root/bench
[ -e noise ] || head -c 50M /dev/urandom >noise
[ -e many.tar ] || { mkdir many && cd many && seq 20000 | xargs touch && cd .. && tar -cf many.tar many && rm -r many; }
"""
WORKLOADS = {
    "python3 starts 20 times, with imports": (
        "for i in $(seq 20); do python3 -c 'import json, ssl, asyncio'; done"
    ),
    "gzip of 50 MB": "gzip -1 -c noise >/dev/null",
    "fork and exec of /bin/true, 500 times": "for i in $(seq 500); do /bin/true; done",
    "tar -x of 20,000 files, and rm": "tar -xf many.tar && rm -r many",
    "Go: 4,000 http requests on loopback": "/root/bench/gohttp",
    "a million system calls": "dd if=/dev/zero of=/dev/null bs=1 count=500000 status=none",
}
SYSTEM_CALLS = "a million system calls"
PACKAGES = "python3-minimal,python3"
GO_HTTP = """package main

import (
	"io"
	"net"
	"net/http"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") }))
	for range 4000 {
		answer, err := http.Get("http://" + listener.Addr().String())
		if err != nil {
			panic(err)
		}
		io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
	}
}
"""


def vm(*words: str) -> str:
    """One `vm` command; its talk goes where ours goes."""
    return subprocess.run([*OURS, "vm", *words], stdout=subprocess.PIPE, text=True, check=True).stdout


def inside(engine: str, command: str) -> str:
    """What a shell command in the VM of that engine prints."""
    return vm("ssh", f"bench-{engine}", "--", command)


def send(engine: str, source: Path, command: str) -> None:
    """A file of this computer, as the input of a command in the VM."""
    with source.open("rb") as content:
        words = [*OURS, "vm", "ssh", f"bench-{engine}", "--", command]
        subprocess.run(words, stdin=content, check=True)


def prepare(folder: Path) -> None:
    """Python, and a Go program: brought from here, as the VMs reach nothing."""
    (folder / "main.go").write_text(GO_HTTP)
    (folder / "go.mod").write_text("module bench.test/gohttp\n\ngo 1.22\n")
    subprocess.run(
        ["go", "build", "-o", "gohttp", "."], cwd=folder, check=True, env={**os.environ, "CGO_ENABLED": "0"}
    )
    packages = folder / "python.tar"
    words = ["mmdebstrap", "--quiet", "--variant=extract", f"--include={PACKAGES}", "trixie", str(packages)]
    subprocess.run(words, check=True)
    for engine in ENGINES:
        send(engine, packages, "tar -x --keep-directory-symlink --exclude=./dev --exclude=./etc -C /")
        send(engine, folder / "gohttp", "mkdir -p bench; cat >bench/gohttp; chmod +x bench/gohttp")
        inside(engine, PREPARE)


def seconds(engine: str, workload: str) -> float:
    """Wall time of a workload, by the guest's clock."""
    told = inside(engine, f"cd bench; TIMEFORMAT=%R; bash -c 'TIMEFORMAT=%R; time {{ {workload}; }}' 2>&1 | tail -n 1")
    return float(told.strip().splitlines()[-1])


def compared(runs: int) -> bool:
    """Print each workload's medians; whether all but bare system calls are no slower in user-mode Linux."""
    good = True
    for name, workload in WORKLOADS.items():
        times: dict[str, list[float]] = {engine: [] for engine in ENGINES}
        for _ in range(runs):
            for engine in ENGINES:
                times[engine].append(seconds(engine, workload.replace("'", "'\\''")))
        uml, qemu = (statistics.median(times[engine]) for engine in ENGINES)
        print(f"{name:40} uml {uml:8.2f} s   emulated {qemu:8.2f} s   {qemu / uml:6.1f} times faster", flush=True)
        good &= uml <= qemu or name == SYSTEM_CALLS
    return good


def ups(bundle: Path) -> bool:
    """The whole `up` with its proof, in one and then in the other."""
    walls = {}
    for engine in ENGINES:
        words = ["up", f"bench-{engine}", "--yes", "--json", "--bundle", str(bundle)]
        done = measure.run([*OURS, *words])
        if done.code != 0:
            sys.exit(f"up bench-{engine} ended with {done.code}: {done.stderr[-4000:]}")
        walls[engine] = done.wall_s
        vm("destroy", f"bench-{engine}", "--yes")  # its containers would use the cores of the other one's turn
    ratio = walls["qemu"] / walls["uml"]
    print(f"{'`up`, with its proof':40} uml {walls['uml']:8.1f} s   emulated {walls['qemu']:8.1f} s", end="")
    print(f"   {ratio:6.1f} times faster (target: {TARGET_UP_RATIO:.0f})")
    return ratio >= TARGET_UP_RATIO


def destroy() -> None:
    """Both VMs, where they are."""
    for each in json.loads(vm("list", "--json")):
        if each["name"] in {f"bench-{engine}" for engine in ENGINES}:
            vm("destroy", each["name"], "--yes")


def main() -> int:
    """Two VMs, gone at the end whatever happens."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--bundle", type=Path, metavar="DIR")
    parser.add_argument("--runs", type=int, default=3, metavar="N")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        for engine in ENGINES:
            vm("create", f"bench-{engine}", "--provider", engine, "--memory", "6G")
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            prepare(Path(folder))
        good = compared(asked.runs)
        return measure.verdict((ups(asked.bundle) if asked.bundle else True) and good)
    finally:
        destroy()


if __name__ == "__main__":
    sys.exit(main())
