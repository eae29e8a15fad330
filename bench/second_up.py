"""A second `up` with nothing to do beside ansible-core doing the same checks on the same VM, in one run.

python bench/second_up.py HOST --bundle DIR      target: at least 5 times faster
    --runs 1    where the VM is emulated: there one run of the peer takes some ten minutes

HOST is a throwaway VM (its user is root) that `up HOST --bundle DIR` has provisioned. Both sides look at
the same things over the same ssh_config with a connection that stays open, after one unmeasured run each,
in turn. Both must find nothing to change.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import desired
import measure
from peer import Peer, ensure_python

from binder_singlenode.errors import BinderError
from binder_singlenode.provision import targets

RUNS = 3
TARGET_RATIO = 5.0


def up(host: str, bundle: Path) -> measure.Run:
    """One run of ours, which must find nothing to change."""
    words = ["up", host, "--yes", "--no-verify", "--json", "--bundle", str(bundle)]
    done = measure.run([sys.executable, "-m", "binder_singlenode", *words])
    if done.code != 0 or (changes := json.loads(done.stdout)["changes"]):
        why = done.stderr[-4000:] if done.code else f"it changed something: {changes}"
        sys.exit(f"binder-singlenode up ended with {done.code}: {why}")
    return done


def compare(host: str, bundle: Path, folder: Path, runs: int) -> tuple[list[measure.Run], list[measure.Run]]:
    """The runs of ours and of the peer's, in turn, so that a busy machine disturbs both alike."""
    target = targets.resolve(host)
    context = desired.context_of(target, bundle)
    ensure_python(target.host, context.release.arch)
    peer = Peer(target.host, desired.variables(context, folder), folder)
    ours, theirs = [], []
    try:
        for turn in range(runs + 1):
            print(f"run {turn} of {runs}" if turn else "one run to warm up", file=sys.stderr, flush=True)
            ours.append(up(host, bundle))
            theirs.append(peer.run())
    finally:
        peer.close()
    return ours[1:], theirs[1:]


def main() -> int:
    """Parse, compare, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("host", metavar="HOST")
    parser.add_argument("--bundle", type=Path, required=True, metavar="DIR")
    parser.add_argument("--runs", type=int, default=RUNS, metavar="N")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        try:
            ours, theirs = compare(asked.host, asked.bundle, Path(folder), asked.runs)
        except BinderError as error:
            sys.exit(f"error: {error}\nnext: {error.hint}")
    ratio = measure.median_wall_s(theirs) / measure.median_wall_s(ours)
    print(measure.row("binder-singlenode up, nothing to do", ours))
    print(measure.row("ansible-playbook, the same checks", theirs))
    print(f"{ratio:.1f} times faster (target: at least {TARGET_RATIO:.0f})")
    return measure.verdict(ratio >= TARGET_RATIO)


if __name__ == "__main__":
    sys.exit(main())
