"""The certificate files that the host file names (section `tls`, `trusted_roots`), read once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from binder_singlenode import config
from binder_singlenode.base import masking, trust_roots
from binder_singlenode.config import Host
from binder_singlenode.config.model.addresses import FieldError
from binder_singlenode.config.model.local_files import check_private
from binder_singlenode.errors import ConfigError


@dataclass(frozen=True)
class TlsFiles:
    """Contents of the TLS files; "" for a file that the host file does not name."""

    certificate: str = ""
    key: str = field(default="", repr=False)
    root_ca: str = ""
    roots: str = ""
    """Of `trusted_roots`."""


NO_FILES = TlsFiles()


def read(host: Host) -> TlsFiles:
    """Read all TLS files. Raises ConfigError with field, line and file."""
    tls = host.tls
    found = TlsFiles(
        _text(host, "tls.certificate", tls.certificate),
        _text(host, "tls.key", tls.key),
        _text(host, "tls.acme.root_ca", tls.acme.root_ca if tls.mode == "acme" else None),
        roots(host),
    )
    masking.remember(found.key)
    return found


def roots(host: Host) -> str:
    """The certificates of `trusted_roots`; "" without. Raises ConfigError with field, line and file."""
    return trust_roots.certificates(_text(host, "trusted_roots", host.trusted_roots))


def _text(host: Host, name: str, path: Path | None) -> str:
    if path is None:
        return ""
    try:
        if name == "tls.key":
            check_private(path)
        # What stands between the certificates may be in any language.
        text = path.read_text(encoding="utf-8" if name == "trusted_roots" else "ascii")
    except FieldError as error:
        raise ConfigError(error.message, where=config.place(host, name), hint=error.hint) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not a PEM file"
        raise ConfigError(
            f"{path}: {reason}",
            where=config.place(host, name),
            hint="check the file with: openssl x509 -text",
        ) from None
    return text
