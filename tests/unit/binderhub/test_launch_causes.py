"""Why a build failed: what many tools print, and the sentence that names the key to change."""

from subprocess import CompletedProcess
from types import SimpleNamespace
from typing import Any

import pytest

from binder_singlenode.binderhub.launch import host_memory
from binder_singlenode.binderhub.launch.causes import MEMORY, UNKNOWN, cause_of
from binder_singlenode.binderhub.launch.hints import hint_for, too_long
from binder_singlenode.binderhub.launch.stages import Stage
from binder_singlenode.config import Host
from binder_singlenode.errors import ConnectError, LaunchError
from binder_singlenode.layout.system import BUILD_MAX_AGE_S

from ..servers.played_session import PlayedSession
from .launch_bed import BUILD, event, failure

LINES = {
    "memory": [
        "bash: line 1: 12 Killed    the-solver --update environment.yml",
        'ERROR: process "/bin/sh -c the-solver" did not complete successfully: exit code: 137',
        "The command '/bin/sh -c mamba env update' returned a non-zero code: 137",
        "Killed",
        "/bin/bash: line 3:    12 Killed                  conda env update -f environment.yml",
        "c++: fatal error: Killed signal terminated program cc1plus",
        "collect2: fatal error: ld terminated with signal 9 [Killed]",
        "make: *** [Makefile:12: all] Killed",
        "npm error signal SIGKILL",
        "npm ERR! errno 137",
        "subprocess.CalledProcessError: Command 'pip' died with <Signals.SIGKILL: 9>.",
        "error: subprocess-exited-with-error: exit code: -9",
        "error: could not compile `x` (signal: 9, SIGKILL: kill)",
        "ERROR: failed process: Process(`julia`, ProcessSignaled(9)) [0]",
        "Memory cgroup out of memory: Killed process 4711 (mamba) total-vm:9000kB",
        "oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/binderbuilds.slice,task=R,pid=7",
    ],
    "rate limit": [
        "toomanyrequests: You have reached your unauthenticated pull rate limit.",
        "ERROR: httpReadSeeker: https://r.example/v2/library/x/manifests/1: 429 Too Many Requests",
    ],
    "certificate": [
        "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed",
        "fatal: SSL certificate problem: unable to get local issuer certificate",
        "tls: failed to verify certificate: x509: certificate signed by unknown authority",
        "npm error code SELF_SIGNED_CERT_IN_CHAIN",
        "Certificate verification failed: The certificate is NOT trusted.",
        "PKIX path building failed: unable to find valid certification path",
        "CondaSSLError: OpenSSL appears to be unavailable",
        "ERROR: cannot verify cran.example's certificate, issued by 'CN=Uni'",
    ],
    "name": [
        "curl: (6) Could not resolve host: pypi.example",
        "W: Failed to fetch http://deb.example  Temporary failure resolving 'deb.example'",
        "socket.gaierror: [Errno -3] Temporary failure in name resolution",
        "npm error code EAI_AGAIN",
        "npm error getaddrinfo ENOTFOUND registry.example",
        "dial tcp: lookup proxy.example on 10.43.0.10:53: no such host",
        "wget: bad address 'x.example'",
        "wget: unable to resolve host address 'x.example'",
    ],
    "disk": [
        "OSError: [Errno 28] No space left on device",
        "npm error code ENOSPC",
        "tar: write error: Disk quota exceeded",
    ],
    "login": [
        "fatal: could not read Username for 'https://g.example': terminal prompts disabled",
        "remote: HTTP Basic: Access denied",
        "git@g.example: Permission denied (publickey).",
        "pull access denied for x, repository does not exist or may require 'docker login'",
    ],
    "network": [
        "curl: (28) Failed to connect to x.example port 443: Connection timed out",
        "urllib3.exceptions.ConnectTimeoutError",
        "dial tcp 192.0.2.1:443: i/o timeout",
    ],
}


@pytest.mark.parametrize(("name", "line"), [(name, line) for name, lines in LINES.items() for line in lines])
def test_each_tools_words_are_known(name: str, line: str) -> None:
    cause = cause_of(["Step 3/9", line])
    assert cause is not None and cause.name == name


@pytest.mark.parametrize(
    "line",
    [
        "MemoryError: Unable to allocate 9 GiB",
        "Error: cannot allocate vector of size 2.0 Gb",
        "FATAL ERROR: JavaScript heap out of memory",
        "Collecting killed==137",
        "ERROR: No matching distribution found for 137",
        'ERROR: process "/bin/sh -c make" did not complete successfully: exit code: 1',
        "Successfully installed certifi-2026.1",
        "Downloaded 137 files",
        "",
    ],
)
def test_other_words_are_the_repositorys_own_failure(line: str) -> None:
    assert cause_of([line]) is None
    assert "repo2docker" in hint_for("", None, Stage.BUILD, [line])


def test_the_last_telling_line_decides() -> None:
    lines = ["Retrying: Temporary failure in name resolution", "ok", "exit code: 137", "done"]
    cause = cause_of(lines)
    assert cause is not None and cause.name == MEMORY


def test_after_the_build_these_words_say_nothing() -> None:
    assert "events" in hint_for("Failed to launch image i", 500, Stage.POD, ["Killed"])


def test_a_failed_build_carries_its_cause(server: Any) -> None:
    server.stream(BUILD, event("building", "Killed\n"), event("failed", "exit code: 137\n"))
    error = failure(server)
    assert error.cause == MEMORY and "builds.memory_limit" in (error.hint or "")
    server.stream(BUILD, event("building", "no such package\n"), event("failed"))
    assert failure(server).cause == UNKNOWN
    server.stream(BUILD, event("failed", "Could not resolve ref for gh:o/r/HEAD\n"))
    assert failure(server).cause is None


def test_a_build_that_binderhub_ends_for_its_age_is_told_from_others() -> None:
    assert "longer than 60 minutes" in (too_long("", Stage.BUILD, BUILD_MAX_AGE_S + 30) or "")
    assert too_long("", Stage.BUILD, BUILD_MAX_AGE_S - 30) is None
    assert too_long("exit code: 1", Stage.BUILD, BUILD_MAX_AGE_S + 30) is None


HOST = Host.model_validate({"address": "192.0.2.1", "builds": {"memory_limit": "3Gi"}})
KILLED = "oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/binderbuilds.slice,task=mamba,pid=7,uid=0\n"


def asked(answer: str | ConnectError) -> tuple[Any, list[str]]:
    commands: list[str] = []

    def play(command: str, text: str) -> CompletedProcess[str]:
        commands.append(command)
        if isinstance(answer, ConnectError):
            raise answer
        return CompletedProcess([], 0, answer, "")

    told: Any = SimpleNamespace(ssh=SimpleNamespace(user="root"))
    return PlayedSession(told, play=play), commands


def failed(cause: str | None) -> LaunchError:
    error = LaunchError("exit code: 1", hint="as before")
    error.cause = cause
    return error


@pytest.mark.parametrize("cause", [MEMORY, UNKNOWN])
def test_what_the_hosts_kernel_says_is_known(cause: str) -> None:
    session, commands = asked(KILLED)
    hint = host_memory.explained(failed(cause), HOST, session, 600.4).hint or ""
    assert "the host's kernel ended mamba" in hint and "builds.memory_limit" in hint and "3Gi" in hint
    assert "--since=-660s" in commands[0]


@pytest.mark.parametrize("answer", ["", ConnectError("gone")])
def test_without_the_kernels_word_it_stays_a_guess(answer: str | ConnectError) -> None:
    hint = host_memory.explained(failed(MEMORY), HOST, asked(answer)[0], 60).hint or ""
    assert "kernel" not in hint and "builds.memory_limit" in hint and "3Gi" in hint
    assert host_memory.explained(failed(UNKNOWN), HOST, asked(answer)[0], 60).hint == "as before"
    assert host_memory.explained(failed(MEMORY), HOST, None, 60).hint == hint


def test_the_host_is_not_asked_about_what_is_no_build() -> None:
    session, commands = asked(KILLED)
    assert host_memory.explained(failed(None), HOST, session, 60).hint == "as before"
    assert commands == []


def test_a_host_that_was_never_met_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_memory.ssh, "known", lambda host: False)
    assert host_memory.session_without_asking(HOST) is None
