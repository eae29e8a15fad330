"""Talking QMP, also from a folder whose path is too long for a socket."""

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from binder_singlenode.errors import VmError
from binder_singlenode.vm.qemu.qmp import monitor

Answers = dict[str, list[dict[str, Any]]]


@pytest.fixture
def qemu(tmp_path: Path) -> Iterator[Callable[[Answers], Path]]:
    """Serve one conversation with the given answers per command, from a folder of 150 characters and more."""
    folder = tmp_path / ("long" * 40)
    folder.mkdir()
    listener = socket.socket(socket.AF_UNIX)
    handle = os.open(folder, os.O_RDONLY)
    listener.bind(f"/proc/self/fd/{handle}/qmp.sock")
    listener.listen()
    threads = []

    def talk(answers: Answers) -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rwb") as lines:
            lines.write(b'{"QMP": {}}\n')
            lines.flush()
            for line in lines:
                request = json.loads(line)
                queue = answers.get(request["execute"], [{"return": {}}])
                answer = queue.pop(0) if len(queue) > 1 else queue[0]
                if answer == {}:
                    return
                text = json.dumps(answer).replace("JOB", last_job(request))
                lines.write(b'{"event": "X"}\n' + text.encode() + b"\n")
                lines.flush()

    jobs = [""]

    def last_job(request: dict[str, Any]) -> str:
        jobs[0] = request["arguments"].get("job-id", jobs[0])
        return jobs[0]

    def serve(answers: Answers) -> Path:
        threads.append(threading.Thread(target=talk, args=(answers,)))
        threads[-1].start()
        return folder

    yield serve
    for thread in threads:
        thread.join(10)
    listener.close()
    os.close(handle)


def test_an_answer_among_events(qemu: Callable[[Answers], Path]) -> None:
    with monitor(qemu({"query-status": [{"return": {"status": "running"}}]})) as found:
        assert found.execute("query-status") == {"status": "running"}


def test_a_refusal_in_qemus_words(qemu: Callable[[Answers], Path]) -> None:
    with (
        monitor(qemu({"cont": [{"error": {"desc": "not now"}}]})) as found,
        pytest.raises(VmError, match="qemu refused cont: not now"),
    ):
        found.execute("cont")


def test_a_qemu_that_hangs_up(qemu: Callable[[Answers], Path]) -> None:
    with monitor(qemu({"quit": [{}]})) as found, pytest.raises(VmError, match="closed its socket"):
        found.execute("quit")


def test_a_job_runs_to_its_end(qemu: Callable[[Answers], Path]) -> None:
    steps = [{"return": [{"id": "JOB", "status": status}]} for status in ("running", "concluded")]
    with monitor(qemu({"query-jobs": steps})) as found:
        found.job("snapshot-save", 10, tag="clean")


def test_a_failed_job(qemu: Callable[[Answers], Path]) -> None:
    end = {"return": [{"id": "JOB", "status": "concluded", "error": "no space"}]}
    with (
        monitor(qemu({"query-jobs": [end]})) as found,
        pytest.raises(VmError, match="could not do snapshot-save: no space"),
    ):
        found.job("snapshot-save", 10, tag="clean")


def test_a_job_without_end(qemu: Callable[[Answers], Path]) -> None:
    with (
        monitor(qemu({"query-jobs": [{"return": [{"id": "JOB", "status": "running"}]}]})) as found,
        pytest.raises(VmError, match="did not end within 0 s"),
    ):
        found.job("snapshot-save", 0.1)


def test_nobody_listens(tmp_path: Path) -> None:
    with pytest.raises(VmError, match=r"qmp\.sock: no qemu listens: No such file"), monitor(tmp_path):
        pass
