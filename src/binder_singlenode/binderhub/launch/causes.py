"""Why a build failed, by the words that tools print: for causes that the operator of the host can remove.

The last line that matches decides: an earlier one may be a warning, after which the tool tried again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

DISK_HINT = "the host's disk is full: `status` shows what takes it; make room there, then launch again"
MEMORY = "memory"
UNKNOWN = "unknown"
"""The build failed, and no line says why."""


@dataclass(frozen=True)
class Cause:
    """A cause, its words, and what to do."""

    name: str
    words: re.Pattern[str]
    hint: str


def _any(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words))


CAUSES = (
    Cause(
        "disk",
        _any("(?i:no space left on device)", "ENOSPC", r"\[Errno 28\]", "(?i:disk quota exceeded)"),
        DISK_HINT,
    ),
    Cause(
        MEMORY,
        # 137 = 128 + 9: ended by the signal KILL. A MemoryError is the program's own, not the host's.
        _any(
            r"(?i:exit (?:code|status)|returned a non-zero code|exited with(?: code)?|errno|Error):?\s*137\b",
            r"(?:^|\s)\d+\s+Killed\b",
            r"^\s*(?:\S+:\s+)?(?:line \d+:\s+)?Killed\s*$",
            r"Killed signal terminated program",
            r"signal 9 \[Killed\]",
            r"make.*:\s+\*\*\* .*Killed",
            r"(?i:signal):? (?:9\b|SIGKILL)",
            r"Signals\.SIGKILL",
            r"SIGKILL",
            r"ProcessSignaled\(9\)",
            r"exit(?: code|ed with)?:? -9\b",
            r"OOMKilled",
            r"oom-kill:|(?i:out of memory: killed process)|oom_memcg=",
        ),
        "the build took more memory than this host gives to builds: raise builds.memory_limit in its host "
        "file, then run `up`",
    ),
    Cause(
        "rate limit",
        _any("toomanyrequests", "(?i:pull rate limit)", r"/v2/.*429", r"429.*(?:registry|manifests|docker)"),
        "a registry refuses the base image: too many downloads from this host's address (Docker Hub counts "
        "by the hour). Wait, or use a base image from another registry; the repository itself may be right",
    ),
    Cause(
        "certificate",
        _any(
            r"(?i:certificate[_ ]verif(?:y|ication)[_ ]failed)",
            r"(?i:certificate verify)",
            r"SSL certificate problem|SSL peer certificate",
            r"x509: ",
            r"(?i:self[- _]signed[_ ]cert)",
            r"(?i:unable to get (?:local )?issuer certificate|UNABLE_TO_GET_ISSUER_CERT)",
            r"UNABLE_TO_VERIFY_LEAF_SIGNATURE",
            r"PKIX path",
            r"SSLCertVerificationError|CondaSSLError",
            r"cannot verify \S+ certificate",
            r"(?i:certificate is not trusted|certificate issuer is unknown|cert_authority_invalid)",
            r"(?i:peer certificate cannot be authenticated|unable to verify the first certificate)",
        ),
        "a program in the build does not trust a server's certificate. If a private authority issued it, or "
        "the web proxy opens TLS, name its root certificate in the host file (trusted_roots), then run `up`",
    ),
    Cause(
        "name",
        _any(
            r"(?i:could not resolve (?:host|proxy|'|\"))",
            r"(?i:temporary failure (?:in name resolution|resolving))",
            r"Name or service not known|nodename nor servname",
            r"getaddrinfo|EAI_AGAIN|ENOTFOUND",
            r"no such host|server misbehaving",
            r"NameResolutionError|(?i:failed to lookup address)",
            r"(?i:unable to resolve host|cannot resolve host|couldn't resolve host)",
            r"wget: bad address",
            r"(?i:lookup \S+ on \S+:53)",
        ),
        "a name does not resolve during the build. If it is right, the host's name servers do not know it or "
        "are not reached from builds: see `binder-singlenode check` and the host's resolver",
    ),
    Cause(
        "login",
        _any(
            r"(?i:could not read (?:username|password) for)|terminal prompts disabled",
            r"(?i:authentication failed for)|HTTP Basic: Access denied",
            r"Permission denied \(publickey|Host key verification failed",
            r"pull access denied|requested access to the resource is denied",
            r"unauthorized: |authentication required",
        ),
        "the repository, a submodule or a base image needs a login. For a GitLab or GitHub set a token and "
        "private_repositories: true in the host file (gitlab: or github:); write https addresses, not ssh",
    ),
    Cause(
        "network",
        _any(
            r"Network is unreachable|No route to host|ENETUNREACH|EHOSTUNREACH",
            r"(?i:connection (?:timed out|refused))|ETIMEDOUT|ECONNREFUSED",
            r"(?i:connect ?timeout|i/o timeout|connection to \S+ timed out|read timed out)",
        ),
        "a server is not reached during the build. If the host needs a web proxy, set proxy: in its host "
        "file; otherwise see `binder-singlenode check`, and whether the server is up",
    ),
)


def cause_of(lines: Sequence[str]) -> Cause | None:
    """The cause that the last telling line names."""
    for line in reversed(lines):
        for cause in CAUSES:
            if cause.words.search(line):
                return cause
    return None
