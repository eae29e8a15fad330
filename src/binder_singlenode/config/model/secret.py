"""References to secrets. The host file contains the place of a secret, never the secret itself.

    env:GITHUB_TOKEN        an environment variable
    file:github-token       a file that only its owner can read; a relative path starts at the host file
    age:github-token.age    a file encrypted with age

Any other value is probably the secret itself: no message here quotes it.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema

from binder_singlenode.config.model import local_files
from binder_singlenode.config.model.addresses import FieldError

# Upper case only, as is usual: a token after env: is then rejected, and not shown as the name of a variable.
_VARIABLE = r"[A-Z_][A-Z0-9_]*"
_PATTERN = rf"^(env:{_VARIABLE}|(file|age):.+)$"
FORMS = "env:NAME, file:PATH or age:PATH"


@dataclass(frozen=True)
class SecretRef:
    """The place of a secret. `name` is the variable's name, or the path as written in the host file."""

    kind: Literal["env", "file", "age"]
    name: str
    path: Path | None = None
    """The absolute path, for file: and age:."""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


def _parse(value: Any, info: ValidationInfo) -> Any:
    """Parse the reference; files are checked only when a host file is loaded."""
    if value is None or isinstance(value, SecretRef):
        return value
    kind, colon, name = value.partition(":") if isinstance(value, str) else ("", "", "")
    if not colon or kind not in ("env", "file", "age"):
        raise FieldError(
            f"this is not {FORMS} (what stands here is not shown)",
            hint="keep the secret in a variable or a file; if this was a real token, revoke it and make a"
            " new one",
        )
    if kind == "env":
        return SecretRef("env", _variable(name))
    context = info.context or {}
    path = _path(kind, name, context.get("folder"))
    if context.get("check_files"):
        (local_files.check_private if kind == "file" else local_files.check_file)(path)
    return SecretRef("file" if kind == "file" else "age", name, path)


def _variable(name: str) -> str:
    if not re.fullmatch(_VARIABLE, name, re.ASCII):
        raise FieldError(
            "what stands behind env: is not the name of a variable (it is not shown)",
            hint="capital letters, digits and _, as in env:GITHUB_TOKEN",
        )
    return name


def _path(kind: str, text: str, folder: Path | None) -> Path:
    if not text.strip() or not text.isprintable():
        raise FieldError(f"there is no path behind {kind}:", hint=f"write it as in {kind}:secrets/token")
    return local_files.expanded(text, folder)


Secret = Annotated[
    SecretRef,
    BeforeValidator(_parse),
    WithJsonSchema({"type": "string", "pattern": _PATTERN, "examples": ["env:GITHUB_TOKEN"]}),
]
