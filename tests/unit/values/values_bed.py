"""Helm values for host files and machines of a test, and the official schemas to hold them against."""

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
from pydantic import SecretStr

from binder_singlenode.base.units import GIB
from binder_singlenode.config import Host
from binder_singlenode.config.secrets import resolve
from binder_singlenode.releases import versions
from binder_singlenode.releases.versions import Artifact, Release
from binder_singlenode.sizing.size import Machine, Sizing, size
from binder_singlenode.values.helm_values import helm_values

SCHEMAS = Path(__file__).parents[2] / "data" / "charts"
GITHUB = {"provider": "github", "client_id": "a", "client_secret": "env:A"}
TOKEN = "glpat-0123456789abcdefghij"
SECRETS = {
    name: SecretStr(f"{TOKEN}-{name}") for name in ("github.token", "gitlab.token", "sign_in.client_secret")
}


def host(**sections: Any) -> Host:
    """A host file with these sections."""
    return Host.model_validate({"address": "192.0.2.7", **sections})


def release(**settings: str) -> Release:
    """The release of this program, with other images where `settings` name them."""
    one = Artifact("k3s", "v1", "0" * 64)
    return Release("amd64", one, one, one, one, (), versions.default_settings() | settings)


def sized(subject: Host, memory_gib: float = 62, cpus: int = 16) -> Sizing:
    """The arithmetic of a machine with a disk of 200 GiB."""
    return size(Machine(int(memory_gib * GIB), cpus, 200 * GIB), subject)


def values(subject: Host | None = None, memory_gib: float = 62, cpus: int = 16) -> dict[str, Any]:
    """The values of a host on that machine."""
    subject = subject or host()
    return helm_values(subject, sized(subject, memory_gib, cpus), release())


def checked_values(**sections: Any) -> dict[str, Any]:
    """The values for these sections, with the secrets that they ask for; both schemas accept them."""
    subject = host(**{"address": "198.51.100.7", "hostname": "binder.example.org"} | sections)
    secrets = {field: secret for field, secret in SECRETS.items() if resolve.reference(subject, field)}
    rendered = helm_values(subject, sized(subject), release(), secrets)
    assert errors("binderhub.schema.json", rendered) == []
    assert errors("jupyterhub-4.2.0.schema.json", rendered["jupyterhub"]) == []
    return rendered


def errors(schema_name: str, document: dict[str, Any]) -> list[str]:
    """What the schema says; keys missing at its fixed places don't count, the chart has defaults for them."""
    schema = json.loads((SCHEMAS / schema_name).read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    return [
        f"{'.'.join(map(str, error.absolute_path))}: {error.message}"
        for error in validator.iter_errors(document)
        if not (error.validator == "required" and "patternProperties" not in error.absolute_schema_path)
    ]
