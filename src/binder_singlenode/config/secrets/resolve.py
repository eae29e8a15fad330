"""Read the secrets that the host file refers to: late, once, and only where values are rendered.

    secrets = resolve.resolve(host)
    secrets["github.token"].get_secret_value()

The masking module then hides these secrets in plans, logs and errors.
"""

import os
from collections.abc import Mapping

from pydantic import SecretStr

from binder_singlenode import config
from binder_singlenode.base import masking
from binder_singlenode.config import Host, SecretRef
from binder_singlenode.config.messages.redact import secret_fields
from binder_singlenode.config.model.addresses import FieldError
from binder_singlenode.config.model.local_files import check_private
from binder_singlenode.config.secrets import age
from binder_singlenode.errors import ConfigError

SecretValues = Mapping[str, SecretStr]
"""Dotted name of the field -> its secret, without fields that are left out."""
NONE: SecretValues = {}

SIZE_MAX = 10_000


def resolve(host: Host) -> SecretValues:
    """All secrets that the host file refers to. Raises ConfigError naming field, line and source."""
    found = {field: reference(host, field) for field in secret_fields()}
    return {field: _secret(host, field, ref) for field, ref in found.items() if ref is not None}


def reference(host: Host, field: str) -> SecretRef | None:
    """The reference at `field` of the host file; None when left out."""
    section, _, name = field.partition(".")
    found: SecretRef | None = getattr(getattr(host, section), name)
    return found


def _secret(host: Host, field: str, ref: SecretRef) -> SecretStr:
    try:
        text = _checked(_text(ref), ref)
    except ConfigError as error:
        raise ConfigError(error.message, where=config.place(host, field), hint=error.hint) from None
    masking.remember(text)
    return SecretStr(text)


def _text(ref: SecretRef) -> str:
    """The text at the source, without the newline that editors add at the end."""
    if ref.path is None:
        return _variable(ref.name)
    if ref.kind == "age":
        return _decoded(age.decrypt(ref.path), ref)
    try:
        check_private(ref.path)
        return _decoded(ref.path.read_bytes(), ref)
    except FieldError as error:
        raise ConfigError(error.message, hint=error.hint) from None
    except OSError as error:
        raise ConfigError(f"{ref}: {error.strerror}", hint="check its owner and mode") from None


def _variable(name: str) -> str:
    if name not in os.environ:
        raise ConfigError(
            f"the environment has no variable {name}",
            hint=f"set and export it, as in: read -rs {name} && export {name}",
        )
    return os.environ[name]


def _decoded(data: bytes, ref: SecretRef) -> str:
    try:
        return data.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise ConfigError(f"what {ref} holds is not text", hint="it holds the secret alone") from None


def _checked(text: str, ref: SecretRef) -> str:
    """Check that the secret is one line without spaces around it: otherwise a provider would answer 401."""
    if not text:
        raise ConfigError(f"{ref} is empty", hint="it holds the secret alone")
    if len(text) > SIZE_MAX or not text.isprintable() or text != text.strip():
        raise ConfigError(
            f"what {ref} holds is not one line without blanks around it (it is not shown)",
            hint="it holds the secret alone: no name, no quotes, no second line",
        )
    return text
