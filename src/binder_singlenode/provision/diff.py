"""Diffs of files: the text on the host against the text that will be written."""

import difflib
from typing import Any

from binder_singlenode.deploy.facts.host_state import FileChange

LIMIT_LINES = 200


def current_texts(host: Any, paths: list[str]) -> dict[str, str]:
    """Path -> text on the host, for the files that exist."""
    if not paths:
        return {}
    marker = "##binder-file "
    command = "; ".join(f"[ -f {path} ] && {{ echo '{marker}{path}'; cat {path}; }}" for path in paths)
    _, output = host.run_shell_command(f"{{ {command}; }}; exit 0")
    texts: dict[str, list[str]] = {}
    current: list[str] = []
    for line in output.stdout_lines:
        if line.startswith(marker):
            current = texts.setdefault(line.removeprefix(marker), [])
        else:
            current.append(line)
    return {path: "\n".join(lines) for path, lines in texts.items()}


def difference(file: FileChange, texts: dict[str, str]) -> str:
    """A unified diff of the file; for a secret file, only a note that it differs."""
    if file.secret:
        return f"--- {file.path}\n+++ {file.path}\n(contents not shown: the file may hold secrets)"
    old, new = texts.get(file.path, "").splitlines(), file.content.splitlines()
    before = file.path if file.path in texts else "/dev/null"
    lines = list(difflib.unified_diff(old, new, before, file.path, lineterm="", n=2))
    more = [f"… {len(lines) - LIMIT_LINES} more lines"] if len(lines) > LIMIT_LINES else []
    return "\n".join([*lines[:LIMIT_LINES], *more]) or f"{file.path}: same text; mode or owner differ"
