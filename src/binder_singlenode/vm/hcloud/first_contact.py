"""First contact: verify the VM's host keys with a one-time challenge (docs/adr/0502).

The VM's user-data contains a random challenge. The first ssh connection accepts any host key. It sends only a
signature, which is useless elsewhere, and requests the host keys and their HMAC under the challenge. A man in
the middle does not know the challenge, and cannot log in to the real VM to read it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from binder_singlenode.base import transcript
from binder_singlenode.errors import VmError
from binder_singlenode.vm.hcloud.api import without_token
from binder_singlenode.vm.hcloud.clock import Clock

CONTACT_LIMIT_S = 300.0
RETRY_S = 5.0
MARK = "binder-singlenode-first-contact"

# Runs as root on the VM. cloud-init keeps the user-data in a file that only root can read.
PROOF = rf"""
import glob, hashlib, hmac, re
text = open("/var/lib/cloud/instance/user-data.txt").read()
challenge = bytes.fromhex(re.search(r"{MARK}: ([0-9a-f]{{64}})", text).group(1))
keys = sorted(" ".join(open(path).read().split()[:2]) for path in glob.glob("/etc/ssh/ssh_host_*_key.pub"))
print("\n".join([*keys, hmac.new(challenge, "\n".join(keys).encode(), hashlib.sha256).hexdigest()]))
"""


@dataclass(frozen=True)
class Answer:
    """Result of one ssh attempt."""

    code: int
    stdout: str
    stderr: str
    seen: str
    """The host key that ssh received: `type base64`; empty if ssh did not get that far."""


Attempt = Callable[[str, str, Path], Answer]


def user_data(challenge: str) -> str:
    """The user-data for cloud-init: no password logins; the challenge as a comment. It has no credentials."""
    return f"#cloud-config\n# {MARK}: {challenge}\nssh_pwauth: false\n"


def fingerprint(key: str) -> str:
    """Fingerprint of a host key as ssh prints it: `SHA256:…`."""
    blob = base64.b64decode(key.split()[1])
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def first_contact(
    address: str, user: str, key: Path, challenge: str, clock: Clock, attempt: Attempt | None = None
) -> tuple[str, ...]:
    """Wait for ssh and return the verified host keys. VmError on a timeout, or if another machine answers."""
    return _proven(_wait(address, user, key, clock, attempt), challenge, address)


def contact(
    address: str, user: str, key: Path, known: tuple[str, ...], clock: Clock, attempt: Attempt | None = None
) -> None:
    """Wait for ssh of a VM whose host keys are known. VmError on a timeout, or if the host key differs."""
    answer = _wait(address, user, key, clock, attempt)
    if answer.seen not in known:
        raise VmError(
            f"the host key has changed: it is {fingerprint(answer.seen)}, and was {_fingerprints(known)}",
            where=address,
            hint="if the system was not reinstalled, something else answers at its address; `vm destroy` it",
        )


def _fingerprints(keys: tuple[str, ...]) -> str:
    return ", ".join(fingerprint(key) for key in keys)


def _wait(address: str, user: str, key: Path, clock: Clock, attempt: Attempt | None) -> Answer:
    deadline = clock.now() + CONTACT_LIMIT_S
    while (answer := (attempt or ssh_attempt)(address, user, key)).code != 0:
        if clock.now() + RETRY_S > deadline:
            last = (answer.stderr.strip().splitlines() or ["no message"])[-1]
            raise VmError(
                f"ssh did not let us in within {CONTACT_LIMIT_S:.0f} s: {last}",
                where=f"{user}@{address}",
                hint="is port 22 open from here? `vm create` again, or `vm destroy`",
            )
        clock.sleep(RETRY_S)
    return answer


def _proven(answer: Answer, challenge: str, address: str) -> tuple[str, ...]:
    *keys, proof = answer.stdout.strip().splitlines() or [""]
    expected = hmac.new(bytes.fromhex(challenge), "\n".join(keys).encode(), hashlib.sha256).hexdigest()
    if hmac.compare_digest(proof.encode(), expected.encode()) and answer.seen in keys:
        return tuple(keys)
    shown = fingerprint(answer.seen) if answer.seen else "unknown"
    raise VmError(
        f"the machine that answered could not prove to be the VM that was made (its host key: {shown})",
        where=address,
        hint="something between here and Hetzner may answer in its place: try from another network",
    )


def ssh_attempt(address: str, user: str, key: Path) -> Answer:
    """One ssh connection to any host key: no agent, no forwarding, no user configuration, no API token."""
    with tempfile.TemporaryDirectory() as scratch:
        known = Path(scratch) / "known_hosts"
        options = {
            "UserKnownHostsFile": str(known), "GlobalKnownHostsFile": "/dev/null", "HashKnownHosts": "no",
            "StrictHostKeyChecking": "accept-new", "UpdateHostKeys": "no", "IdentitiesOnly": "yes",
            "IdentityAgent": "none", "ForwardAgent": "no", "PasswordAuthentication": "no", "BatchMode": "yes",
            "ConnectTimeout": "10",
        }  # fmt: skip
        argv = [
            "ssh",
            "-F",
            "none",
            "-T",
            "-i",
            str(key),
            *(f"-o{name}={value}" for name, value in options.items()),
        ]
        transcript.command("python3 -")
        code, out, err = _run([*argv, f"{user}@{address}", "python3 -"], without_token())
        words = known.read_text().split() if known.exists() else []
        return Answer(code, out, err, " ".join(words[1:3]))


def _run(argv: list[str], environment: dict[str, str]) -> tuple[int, str, str]:
    try:
        done = subprocess.run(argv, input=PROOF, capture_output=True, text=True, timeout=60, env=environment)
    except subprocess.TimeoutExpired:
        return 255, "", "no answer within 60 s"
    except OSError as error:
        raise VmError(f"ssh could not be started: {error.strerror}", hint="install openssh-client") from error
    return done.returncode, done.stdout, done.stderr
