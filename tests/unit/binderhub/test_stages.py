"""How long a launch built, pulled and started, by what BinderHub and the kubelet say."""

import pytest

from binder_singlenode.binderhub.launch.stages import Stopwatch, Timings, go_duration_s

PULLED = 'Successfully pulled image "reg/i:1" in 850ms (2.1s including waiting). Image size: 123 bytes.'
PRESENT = 'Container image "reg/i:1" already present on machine'

Heard = list[tuple[float, str, str]]  # seconds since the start, phase, message


def timed(heard: Heard) -> Timings:
    watch = Stopwatch()
    for elapsed_s, phase, message in heard:
        watch.at(elapsed_s)
        watch.hear(phase, message)
    return watch.timings()


def test_a_first_launch_builds_and_pulls() -> None:
    heard: Heard = [
        (1, "waiting", "Waiting for build to start..."),
        (21, "built", "Built image, launching..."),
        (22, "launching", 'Pulling image "reg/i:1"'),
        (25, "launching", 'Successfully pulled image "reg/i:1"'),
        (30, "ready", "server running"),
    ]
    assert timed(heard) == Timings(lookup_s=1, build_s=20, pull_s=3, pod_s=6, total_s=30)


def test_a_second_launch_skips_the_first_two() -> None:
    heard: Heard = [
        (1, "built", "Found built image, launching..."),
        (3, "launching", PRESENT),
        (6, "ready", "server running"),
    ]
    times = timed(heard)
    assert times == Timings(lookup_s=1, build_s=0, pull_s=0, pod_s=5, total_s=6)
    assert str(times) == "build skipped, pull skipped, pod 5.0 s; 6.0 s in all"


def test_the_kubelets_own_figure_counts_where_events_come_late() -> None:
    late: Heard = [
        (1, "built", ""),
        (5, "launching", 'Pulling image "reg/i:1"'),
        (5, "launching", PULLED),
        (8, "ready", ""),
    ]
    times = timed(late)
    assert times.pull_s == pytest.approx(0.85)
    assert times.pod_s == pytest.approx(7 - 0.85)


def test_what_nobody_said_is_unknown_and_not_nothing() -> None:
    times = timed([(1, "built", ""), (2, "launching", "Launching server..."), (5, "ready", "")])
    assert (times.pull_s, times.pod_s) == (None, 4)
    assert "pull unknown" in str(times)


@pytest.mark.parametrize(
    ("text", "seconds"), [("1.5s", 1.5), ("850ms", 0.85), ("1m2.5s", 62.5), ("1h0m1s", 3601), ("12µs", 12e-6)]
)
def test_durations_as_go_prints_them(text: str, seconds: float) -> None:
    assert go_duration_s(text) == pytest.approx(seconds)
