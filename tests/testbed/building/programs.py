"""Run the programs that build, with their output kept for the day they fail."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

# What a bare Debian lacks, program by program.
PACKAGES = {"mmdebstrap": "mmdebstrap", "npm": "npm", "go": "golang-go (1.26 or later)"}


class BuildError(Exception):
    """A part of the test bed could not be built; the text says which command failed, and how."""


def run(
    command: Sequence[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> bytes:
    """The standard output of a command, run with low priority. Raises BuildError."""
    if shutil.which(str(command[0])) is None:
        package = PACKAGES.get(str(command[0]), "?")
        raise BuildError(f"{command[0]} is not installed (Debian package: {package})")
    done = subprocess.run(
        ["nice", "-n", "5", *command], cwd=cwd, env={**os.environ, **(env or {})}, capture_output=True
    )
    if done.returncode != 0:
        tail = "\n".join(done.stderr.decode(errors="replace").splitlines()[-20:])
        raise BuildError(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{tail}")
    return done.stdout
