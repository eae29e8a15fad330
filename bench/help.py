"""CPU time of `--help` and `plan --help` beside a bare `python -c pass`, in one run.

python bench/help.py            target: less than 150 ms of CPU beyond the bare interpreter, and
                                neither pyinfra nor kubernetes imported
"""

import statistics
import sys

import measure

RUNS = 15
TARGET_MS = 150.0
HEAVY = ("pyinfra", "kubernetes")
PEER = [sys.executable, "-c", "pass"]
OURS = [sys.executable, "-m", "binder_singlenode"]


def cpu_ms(command: list[str]) -> float:
    """User plus system time of one run of the command, in milliseconds."""
    done = measure.run(command)
    if done.code != 0:
        sys.exit(f"{' '.join(command)} ended with {done.code}: {done.stderr}")
    return 1000 * done.cpu_s


def heavy_imports(command: list[str]) -> list[str]:
    """Which of the heavy packages a run of the command imports, as the interpreter itself tells."""
    told = measure.run([command[0], "-X", "importtime", *command[1:]]).stderr
    imported = {line.rpartition("|")[2].strip() for line in told.splitlines()}
    return [name for name in HEAVY if name in imported]


def main() -> int:
    """Interleave the runs, so that a busy machine disturbs all sides alike."""
    ours = {"--help": [*OURS, "--help"], "plan --help": [*OURS, "plan", "--help"]}
    commands = {"python -c pass": PEER, **ours}
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(RUNS):
        for name, command in commands.items():
            times[name].append(cpu_ms(command))
    medians = {name: statistics.median(values) for name, values in times.items()}
    base = medians.pop("python -c pass")
    heavy = {name: heavy_imports(command) for name, command in ours.items()}
    print(f"python -c pass   {base:7.1f} ms CPU (median of {RUNS})")
    for name, value in medians.items():
        print(
            f"{name:16} {value:7.1f} ms CPU   +{value - base:.1f} ms (target: +{TARGET_MS:.0f} ms at most)"
            f"   ratio {value / base:.1f}   heavy imports: {', '.join(heavy[name]) or 'none'}"
        )
    light = not any(heavy.values())
    return measure.verdict(light and all(value - base < TARGET_MS for value in medians.values()))


if __name__ == "__main__":
    sys.exit(main())
