"""The types of the host file's fields: pydantic annotations with checks (also of other modules).

A check returns the value or raises FieldError or UnitError. The patterns are for editors (JSON schema);
the checks have better messages.
"""

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, Strict, WithJsonSchema

from binder_singlenode.base import bounds, units
from binder_singlenode.config.model import addresses, local_files, ssh_files
from binder_singlenode.config.model.addresses import FieldError, show

_DNS_LABEL = r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"
# Distribution's grammar (reference.ReferenceRegexp), with a tag or digest required.
_IMAGE = (
    r"^(?:[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]+)?/)?[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[a-f0-9]{64})?$"
)

LONGEST_SENTENCE = 500


def _jupyterhub(text: str) -> str:
    units.parse_jupyterhub_bytes(text)
    return text


def _kubernetes(text: str) -> str:
    units.parse_kubernetes_bytes(text)
    return text


def _cidr(text: str) -> str:
    """An IPv4 network, written with its own first address."""
    try:
        network = ipaddress.IPv4Network(text, strict=False)
    except ValueError:
        raise FieldError(
            f"{show(text)} is not an IPv4 network", hint='write it as in "10.42.0.0/16"'
        ) from None
    if "/" not in text or str(network) != text:
        raise FieldError(
            f"{show(text)} is not the first address of a network", hint=f'did you mean "{network}"?'
        )
    if not network.is_private and not network.subnet_of(ipaddress.IPv4Network("100.64.0.0/10")):
        raise FieldError(f"{show(text)} is public", hint="use a private network, such as one in 10.0.0.0/8")
    if network.is_loopback or network.is_link_local or network.is_unspecified or network.is_multicast:
        raise FieldError(f"{show(text)} has a special meaning", hint="use a network in 10.0.0.0/8")
    return text


def _name_server(text: str) -> str:
    """An IPv4 address that another machine can have."""
    try:
        address = ipaddress.IPv4Address(text)
    except ValueError:
        raise FieldError(f"{show(text)} is not an IPv4 address", hint='write it as in "192.0.2.53"') from None
    if address.is_loopback or address.is_unspecified or address.is_multicast:
        raise FieldError(
            f"{show(text)} has a special meaning",
            hint="pods ask this server: name an address that they reach, such as the machine's own",
        )
    return text


def _url(text: str) -> str:
    """An http or https URL with scheme, host and port only; returned without a final slash."""
    hint = 'only scheme, host and port, as in "http://127.0.0.1:8080"'
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise FieldError(f"{show(text)} is not a URL", hint=hint) from None
    if parts.scheme not in ("http", "https") or not host:
        raise FieldError(f"{show(text)} is not an http or https URL", hint=hint)
    addresses.check_address(host)
    netloc = (f"[{host}]" if ":" in host else host) + ("" if port is None else f":{port}")
    if text.lower().rstrip("/") != f"{parts.scheme}://{netloc}" or port == 0:
        raise FieldError(
            f"{show(text)} has more than scheme, host and port",
            hint=f'did you mean "{parts.scheme}://{netloc}"?',
        )
    return f"{parts.scheme}://{netloc}"


def _dns_label(text: str) -> str:
    if not re.fullmatch(_DNS_LABEL, text, re.ASCII):
        raise FieldError(
            f"{show(text)} is not a Kubernetes name",
            hint="lower-case letters, digits and -, no - at either end, at most 63",
        )
    return text


def _namespace(text: str) -> str:
    if text.startswith("kube-"):
        raise FieldError(
            f"{show(text)} is one of Kubernetes' own namespaces", hint='any other name, such as "binder"'
        )
    return _dns_label(text)


def _image(text: str) -> str:
    if not re.fullmatch(_IMAGE, text, re.ASCII):
        raise FieldError(
            f"{show(text)} is not an image name",
            hint='write it as in "quay.io/jupyterhub/repo2docker:2026.1"',
        )
    if ":" not in text.rpartition("/")[2]:
        raise FieldError(
            f"{show(text)} has no tag", hint="add :TAG or @sha256:DIGEST, so that it cannot change by itself"
        )
    return text


def _sentence(text: str) -> str:
    if not text.strip() or len(text) > LONGEST_SENTENCE or not text.isprintable():
        raise FieldError(
            "visitors can't read this as one line",
            hint=f'write 1 to {LONGEST_SENTENCE} characters, as in "A new disk; back at 15:00 UTC."',
        )
    return text.strip()


_Section = TypeVar("_Section", bound=BaseModel)


def _empty_section(value: Any) -> Any:
    # When all lines of a section are commented out, `ssh:` remains, which YAML reads as null.
    return {} if value is None else value


def _text_schema(pattern: str, *examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": list(examples)})


MayBeEmpty = Annotated[_Section, BeforeValidator(_empty_section)]
Address = Annotated[str, AfterValidator(addresses.check_address)]
HostName = Annotated[str, AfterValidator(addresses.check_hostname)]
User = Annotated[str, AfterValidator(addresses.check_user), _text_schema(addresses.USER_PATTERN, "root")]
Jump = Annotated[str, AfterValidator(addresses.check_jump)]
JupyterHubBytes = Annotated[
    str, AfterValidator(_jupyterhub), _text_schema(units.positive(units.JUPYTERHUB_PATTERN), "1G", "512M")
]
KubernetesBytes = Annotated[
    str, AfterValidator(_kubernetes), _text_schema(units.positive(units.KUBERNETES_PATTERN), "2G", "512Mi")
]
Duration = Annotated[
    str, AfterValidator(bounds.duration), _text_schema(units.positive(units.DURATION_PATTERN), "10m", "12h")
]
Cidr = Annotated[str, AfterValidator(_cidr), _text_schema(r"^[0-9.]+/[0-9]+$", "10.42.0.0/16")]
NameServer = Annotated[str, AfterValidator(_name_server), _text_schema(r"^[0-9.]+$", "192.0.2.53")]
Url = Annotated[str, AfterValidator(_url), _text_schema(r"^https?://[^/?#]+/?$", "http://127.0.0.1:8080")]
DnsLabel = Annotated[str, AfterValidator(_dns_label), _text_schema(_DNS_LABEL, "binder")]
Namespace = Annotated[str, AfterValidator(_namespace), _text_schema(_DNS_LABEL, "binder")]
Image = Annotated[str, AfterValidator(_image)]
LocalFile = Annotated[
    Path,
    Strict(False),
    local_files.when_loaded(ssh_files.absolute, key=ssh_files.check_key, other=ssh_files.check_readable),
    WithJsonSchema({"type": "string"}),
]
Sentence = Annotated[
    str,
    AfterValidator(_sentence),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": LONGEST_SENTENCE}),
]
Count = Annotated[int, Field(ge=1, le=100_000)]
