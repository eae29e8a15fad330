"""The section `tls` of the host file: encryption and the source of certificates."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    Strict,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from binder_singlenode.base import trust_roots
from binder_singlenode.config.model import fields, local_files, ssh_files
from binder_singlenode.config.model.addresses import FieldError, show
from binder_singlenode.config.model.sections import Section

Mode = Literal["off", "own-ca", "files", "acme"]
LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory"
LETS_ENCRYPT_STAGING = "https://acme-staging-v02.api.letsencrypt.org/directory"

# Both are written to Caddy's configuration: characters with a special meaning there are not allowed.
_DIRECTORY = r"^https://[A-Za-z0-9._~:/-]+$"
_EMAIL = r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+$"


def _directory(text: str) -> str:
    if not re.fullmatch(_DIRECTORY, text, re.ASCII):
        raise FieldError(f"{show(text)} is not the URL of an ACME directory", hint=f'as in "{LETS_ENCRYPT}"')
    return text


def _email(text: str) -> str:
    if not re.fullmatch(_EMAIL, text, re.ASCII):
        raise FieldError(f"{show(text)} is not an e-mail address", hint='as in "admin@example.org"')
    return text


def _check_roots(path: Path) -> None:
    """Raises FieldError unless the file holds certificates of authorities, and nothing else."""
    local_files.check_file(path)
    local_files.check_access(path)
    with path.open(encoding="utf-8", errors="replace") as file:
        wrong = trust_roots.problem(file.read(trust_roots.SIZE_MAX_BYTES))
    if wrong:
        raise FieldError(f"{local_files.shown(path)} {wrong[0]}", hint=wrong[1])


RootsFile = Annotated[
    Path,
    Strict(False),
    local_files.when_loaded(ssh_files.absolute, key=_check_roots, other=_check_roots),
    WithJsonSchema({"type": "string"}),
]
PemFile = Annotated[
    Path,
    Strict(False),
    local_files.when_loaded(ssh_files.absolute, key=local_files.check_private, other=local_files.check_file),
    WithJsonSchema({"type": "string"}),
]
Directory = Annotated[
    str,
    AfterValidator(_directory),
    WithJsonSchema({"type": "string", "pattern": _DIRECTORY, "examples": [LETS_ENCRYPT]}),
]
Email = Annotated[str, AfterValidator(_email), WithJsonSchema({"type": "string", "pattern": _EMAIL})]


class Acme(Section):
    """The certificate authority for mode acme."""

    directory: Directory = LETS_ENCRYPT
    """The URL of the authority's ACME directory. Left out: Let's Encrypt's."""
    trial: Directory | None = None
    """The URL of the authority's ACME staging directory. It is used first, so that wrong settings do not
    count against rate limits. Left out: Let's Encrypt's staging directory for Let's Encrypt, none for other
    authorities. The same URL as directory: none."""
    root_ca: PemFile | None = None
    """PEM file with the root certificate for the HTTPS connection to the directory, for a private authority.
    Left out: the root certificates that the host trusts."""

    @property
    def trial_directory(self) -> str | None:
        """The staging directory to use first; None if there is none."""
        own = LETS_ENCRYPT_STAGING if self.directory == LETS_ENCRYPT else None
        asked = self.trial or own
        return None if asked == self.directory else asked

    @property
    def staging(self) -> bool:
        """Whether `directory` is a staging directory, judged by its name."""
        return "staging" in self.directory


class Tls(Section):
    """TLS encryption at the entry. Short form: `tls: acme`."""

    mode: Mode = "off"
    """off (in quotes) or false: no encryption. acme: certificates from Let's Encrypt or another authority,
    renewed automatically. files: your own certificate. own-ca: a certificate authority on the host; browsers
    trust it only after its root certificate is installed in them."""
    email: Email | None = None
    """acme: e-mail address for messages from the authority about problems. Left out: none."""
    certificate: Annotated[PemFile | None, Field(validate_default=True)] = None
    """files: PEM file with the certificate, followed by its intermediates. A relative path starts at the host
    file's folder."""
    key: Annotated[PemFile | None, Field(validate_default=True)] = None
    """files: PEM file with the private key, without a passphrase, readable only by you."""
    acme: fields.MayBeEmpty[Acme] = Acme()
    """The certificate authority for mode acme."""

    @field_validator("email")
    @classmethod
    def _for_acme(cls, value: Any, info: ValidationInfo) -> Any:
        mode = info.data.get("mode", "acme")
        if value is not None and mode != "acme":
            raise FieldError(f"email is for acme, tls.mode is {mode}", hint="remove the line", near="mode")
        return value

    @field_validator("certificate", "key")
    @classmethod
    def _for_files(cls, value: Any, info: ValidationInfo) -> Any:
        mode, name = info.data.get("mode"), info.field_name
        if value is None and mode == "files":
            raise FieldError(f"tls.mode files needs {name}", hint=f"add {name}: and its path", near="mode")
        if value is not None and mode in ("off", "own-ca", "acme"):
            raise FieldError(
                f"{name} is for files, tls.mode is {mode}", hint="write mode: files, or remove the line"
            )
        return value

    @property
    def on(self) -> bool:
        """Whether the entry uses TLS."""
        return self.mode != "off"


def _short(value: Any) -> Any:
    """Expand the short form `tls: acme`. false is accepted too: YAML 1.1 reads off as false, and the error
    about an unquoted off proposes false."""
    if value is None:
        return {}
    if value is False:
        return {"mode": "off"}
    if value is True:
        raise FieldError('write one of: "off", acme, files, own-ca')
    return {"mode": value} if isinstance(value, str) else value


ShortTls = Annotated[Tls, BeforeValidator(_short, json_schema_input_type=Tls | Mode | Literal[False])]
