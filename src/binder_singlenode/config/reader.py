"""Read a file or text into a Host, and report all problems at once."""

import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from binder_singlenode.config.messages import phrases, redact
from binder_singlenode.config.messages.problems import HostFileError, Mark, Problem
from binder_singlenode.config.model.host import Host
from binder_singlenode.config.yaml import document
from binder_singlenode.config.yaml.tree import SIZE_MAX_BYTES, Document, dotted, too_large


def load(path: Path, *, check_files: bool = True) -> Host:
    """The host that the file `path` describes. Raises HostFileError with every problem of the file.

    `check_files=False` skips the checks of the files that it names, such as ssh.key.
    """
    host = _parse(read_text(path), str(path), path.resolve().parent, check_files)
    host._file = path.resolve()
    return host


def loads(text: str, name: str) -> Host:
    """The host that `text` describes; `name` is its name in errors. Files that it names are not checked."""
    return _parse(text, name, None, False)


def from_mapping(values: Mapping[str, Any], name: str) -> Host:
    """The host that plain values describe. Raises HostFileError, without positions."""
    return _validate(Document(lines=[], value=dict(values)), name, None, False)


def place(host: Host, field: str) -> str:
    """FILE:LINE:COLUMN: FIELD of a field's value, for errors that are found after reading the file."""
    if host.file is None or not host.file.exists():
        return field
    mark = document.read(read_text(host.file)).values.get(tuple(field.split(".")))
    return f"{host.file}:{mark.line}:{mark.column}: {field}" if mark else f"{host.file}: {field}"


def position(host: Host, field: str) -> str | None:
    """FILE:LINE:COLUMN of a field's value, or of the section around it; None without a file."""
    if host.file is None or not host.file.exists():
        return None
    mark = _place(document.read(read_text(host.file)), tuple(field.split(".")), None, "")
    return f"{host.file}:{mark.line}:{mark.column}" if mark else None


def read_text(path: Path) -> str:
    """The text of a host file. Raises HostFileError unless it is a small regular file in UTF-8."""
    data = _read_bytes(path)
    if len(data) > SIZE_MAX_BYTES:
        raise HostFileError(str(path), [too_large()])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        mark = Mark(before.count(b"\n") + 1, len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1)
        problem = Problem(
            f"the byte 0x{data[error.start]:02x} is not UTF-8", hint=_encoding_hint(data), mark=mark
        )
        raise HostFileError(str(path), [problem]) from None


def _read_bytes(path: Path) -> bytes:
    """At most SIZE_MAX_BYTES + 1 bytes. A device or pipe is rejected before it is opened."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise HostFileError(
                str(path), [Problem("this is not a file")], hint="give the path of a host file"
            )
        with path.open("rb") as file:
            return file.read(SIZE_MAX_BYTES + 1)
    except OSError as error:
        problem = Problem((error.strerror or "cannot be read").lower())
        raise HostFileError(str(path), [problem], hint="check the path, and who may read it") from None


def _encoding_hint(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "this is UTF-16: save it as UTF-8"
    return "is it another encoding? Save it as UTF-8"


def _parse(text: str, name: str, folder: Path | None, check_files: bool) -> Host:
    return _validate(document.read(text), name, folder, check_files)


def _validate(parsed: Document, name: str, folder: Path | None, check_files: bool) -> Host:
    """Check structure and values together, so that one run reports both kinds of problems."""
    problems = [
        redact.hidden(problem, about_value=problem.mark in parsed.values.values())
        for problem in parsed.problems
    ]
    if parsed.value is None and problems:
        raise HostFileError(name, problems, parsed.lines)
    if not isinstance(parsed.value, dict):
        kind = "a list" if isinstance(parsed.value, list) else "a single value"
        problems.append(
            Problem(
                f"expected indented key: value lines, found {kind}",
                hint=_TOP_HINT,
                mark=parsed.values.get(()),
            )
        )
        raise HostFileError(name, problems, parsed.lines)
    try:
        host = Host.model_validate(parsed.value, context={"folder": folder, "check_files": check_files})
    except ValidationError as error:
        problems.extend(_problem(parsed, dict(entry)) for entry in error.errors(include_url=False))
    if problems:
        raise HostFileError(name, problems, parsed.lines)
    return host


_TOP_HINT = 'the file needs at least a line such as "address: vm.example.org"'


def _problem(parsed: Document, error: dict[str, Any]) -> Problem:
    message, hint = phrases.message_and_hint(error)
    location: tuple[str | int, ...] = error["loc"]
    mark = _place(parsed, location, phrases.nearby(error), error["type"])
    # The value of a key that resembles no other may be anything, so it is not shown.
    strange = error["type"] == "extra_forbidden" and not (hint or "").startswith("did you mean")
    hide = strange or phrases.holds_secret(error)
    problem = Problem(message, key=dotted(location), hint=hint, mark=mark, hide=hide)
    return redact.hidden(problem, about_value=False, elsewhere=location not in parsed.values)


def _place(parsed: Document, location: tuple[str | int, ...], near: str | None, kind: str) -> Mark | None:
    """Position to report: that of an unknown key, else of the value, a conflicting field, or the section."""
    if kind == "extra_forbidden":
        return parsed.keys.get(location)
    if near is not None and location not in parsed.values:
        sibling = parsed.values.get((*location[:-1], near))
        if sibling:
            return sibling
    while location and location not in parsed.values:
        location = location[:-1]
    return parsed.values.get(location)
