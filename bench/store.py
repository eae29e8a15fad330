"""From an image that is built to a session that is ready: images.store registry beside shared, in one run.

python bench/store.py HOST --bundle DIR [--mebibytes 20]
                                  target: shared at least 5 times faster, and at most 1/10 of the bytes

HOST is a throwaway VM that `up HOST --bundle DIR` has provisioned. For each store in turn its host file is
edited and `up` run; then a small repository is launched, which brings what all images share, and after it
one whose image is larger by so many MiB that do not compress. Afterwards the host has the first store again.

    built    the builder has the image. With a registry that is when it begins to push: BinderHub's own word
             `built` comes after that; without one it is BinderHub's word
    ready    the session answers
    bytes    what the machine's programs gave to its disks in between (nr_dirtied of /proc/vmstat: pages, at
             once; what a disk has written by then is a matter of chance), and in the whole launch what its
             disks have written (/sys/block/*/stat, after a sync)
"""

import argparse
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import measure

from binder_singlenode import config, ssh
from binder_singlenode.base.units import human_bytes
from binder_singlenode.binderhub.launch import stream
from binder_singlenode.binderhub.launch.events import LaunchEvent
from binder_singlenode.errors import BinderError
from binder_singlenode.provision import targets

REPOSITORIES = "http://gitserver.binder:8080"
SMALL = "minimal"
STORES = ("registry", "shared")
TARGET_SPEED = 5.0
TARGET_BYTES = 10.0
LAUNCH_LIMIT_S = 3600.0
PUSH_BEGINS = re.compile("pushing layer|The push refers to repository")  # buildx's, docker's
DIRTIED = "echo $(($(awk '/^nr_dirtied/ { print $2 }' /proc/vmstat) * $(getconf PAGESIZE)))"
WRITTEN = "sync; awk '{ sectors += $7 } END { print sectors * 512 }' /sys/block/[vsn][dv]*/stat"


@dataclass
class Figures:
    """One launch."""

    store: str
    built_s: float = 0.0
    ready_s: float = 0.0
    dirtied_bytes: int = 0
    """Between the two."""
    written_bytes: int = 0
    """In the whole launch."""

    @property
    def after_build_s(self) -> float:
        """What a visitor waits for an image that exists."""
        return self.ready_s - self.built_s

    def row(self) -> str:
        """One line of the result."""
        return (
            f"{self.store:10}{self.after_build_s:8.1f} s from built to ready"
            f"{human_bytes(self.dirtied_bytes):>12} to disk"
            f"   (the launch: {self.ready_s:.1f} s, {human_bytes(self.written_bytes)} written)"
        )


@dataclass
class Watch:
    """Notices when the image is built, and reads the counter then without keeping the stream waiting."""

    host: config.Host
    built_s: float | None = None
    before: list[int] = field(default_factory=list)
    reader: threading.Thread | None = None

    def event(self, event: LaunchEvent) -> None:
        """One event of the launch."""
        if self.built_s is None and (event.phase == "built" or PUSH_BEGINS.search(event.message)):
            self.built_s = event.elapsed_s
            self.reader = threading.Thread(target=lambda: self.before.append(ask(self.host, DIRTIED)))
            self.reader.start()

    def dirtied_bytes(self) -> int:
        """From then to now."""
        after = ask(self.host, DIRTIED)
        if self.reader is None:
            sys.exit("the launch never said that the image is built")
        self.reader.join()
        return after - self.before[0]


def ask(host: config.Host, command: str) -> int:
    """A number that the VM prints."""
    done = ssh.run(host, command, timeout_s=300)
    if done.returncode != 0:
        sys.exit(f"{command} ended with {done.returncode}: {done.stderr}")
    return int(done.stdout)


def switch(name: str, store: str, bundle: Path) -> None:
    """The host file says so, and `up` does it."""
    config.edit(targets.resolve(name).path, {"images": {"store": store}})
    print(f"up with images.store: {store}", file=sys.stderr, flush=True)
    words = ["up", name, "--yes", "--no-verify", "--bundle", str(bundle)]
    done = measure.run([sys.executable, "-m", "binder_singlenode", *words])
    if done.code != 0:
        sys.exit(f"binder-singlenode up ended with {done.code}: {done.stderr[-4000:]}")


def launch(host: config.Host, repository: str, store: str) -> Figures:
    """One launch, to a session that is stopped again."""
    print(f"launch {repository}", file=sys.stderr, flush=True)
    watch, before = Watch(host), ask(host, WRITTEN)
    ready = stream.launch_to_ready(
        host.base_url, f"{REPOSITORIES}/{repository}", None, LAUNCH_LIMIT_S, watch.event
    )
    if ready.found_image and repository != SMALL:
        sys.exit(f"{ready.image} was there before; next: k3s ctr images rm, or a VM of its own")
    dirtied = watch.dirtied_bytes()
    written = ask(host, WRITTEN) - before
    stream.answers_or_stops(ready.url, ready.token)
    stream.stop_session(ready.url, ready.token)
    return Figures(store, watch.built_s or 0.0, ready.elapsed_s, dirtied, written)


@contextmanager
def compared(name: str, bundle: Path, mebibytes: int) -> Iterator[dict[str, Figures]]:
    """Both stores; the host has the first one again when the figures are told."""
    found = {}
    try:
        for store in STORES:
            switch(name, store, bundle)
            host = targets.resolve(name).host
            launch(host, SMALL, store)
            found[store] = launch(host, f"large-{mebibytes}", store)
        yield found
    finally:
        switch(name, STORES[0], bundle)


def told(found: dict[str, Figures], mebibytes: int) -> bool:
    """Print both sides; whether the targets are met."""
    registry, shared = (found[store] for store in STORES)
    speed = registry.after_build_s / shared.after_build_s
    share = registry.dirtied_bytes / max(1, shared.dirtied_bytes)
    print(f"an image of {mebibytes} MiB beside its base")
    print(registry.row())
    print(shared.row())
    print(f"shared: {speed:.1f} times faster (target: at least {TARGET_SPEED:.0f})")
    print(f"shared: 1/{share:.0f} of the bytes (target: at most 1/{TARGET_BYTES:.0f})", flush=True)
    return speed >= TARGET_SPEED and share >= TARGET_BYTES


def main() -> int:
    """Parse, compare, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("host", metavar="HOST")
    parser.add_argument("--bundle", type=Path, required=True, metavar="DIR")
    parser.add_argument("--mebibytes", type=int, choices=(20, 200), default=200)
    asked = parser.parse_args()
    try:
        with compared(asked.host, asked.bundle, asked.mebibytes) as found:
            met = told(found, asked.mebibytes)
    except BinderError as error:
        sys.exit(f"error: {error}\nnext: {error.hint}")
    return measure.verdict(met)


if __name__ == "__main__":
    sys.exit(main())
