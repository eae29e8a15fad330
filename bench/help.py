"""CPU time of `--help` and `plan --help` beside a bare `python -c pass`, in one run.

python bench/help.py            target: less than 150 ms of CPU beyond the bare interpreter
"""

import resource
import statistics
import subprocess
import sys

RUNS = 15
TARGET_MS = 150.0
PEER = [sys.executable, "-c", "pass"]
OURS = [sys.executable, "-m", "binder_singlenode"]


def cpu_ms(command: list[str]) -> float:
    """User plus system time of one run of the command, in milliseconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def main() -> int:
    """Interleave the runs, so that a busy machine disturbs all sides alike."""
    commands = {"python -c pass": PEER, "--help": [*OURS, "--help"], "plan --help": [*OURS, "plan", "--help"]}
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(RUNS):
        for name, command in commands.items():
            times[name].append(cpu_ms(command))
    medians = {name: statistics.median(values) for name, values in times.items()}
    base = medians.pop("python -c pass")
    print(f"python -c pass   {base:7.1f} ms CPU (median of {RUNS})")
    for name, value in medians.items():
        print(f"{name:16} {value:7.1f} ms CPU   +{value - base:.1f} ms   ratio {value / base:.1f}")
    return int(any(value - base > TARGET_MS for value in medians.values()))


if __name__ == "__main__":
    sys.exit(main())
