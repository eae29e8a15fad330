"""Download URLs of each publisher, and the format of its digests. Pure functions, without network access.

k3s      github.com/k3s-io/k3s/releases      sha256sum-ARCH.txt, one line per file
helm     get.helm.sh                         ARCHIVE.sha256sum, one line
caddy    github.com/caddyserver/caddy        caddy_VERSION_checksums.txt, SHA-512, one line per file
chart    hub.jupyter.org/helm-chart          index.yaml, `digest:` (SHA-256) and `urls:` of each version
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from binder_singlenode.errors import BundleError
from binder_singlenode.releases import versions

CHART_NAME = "binderhub"
_ALGORITHMS = {64: "sha256", 128: "sha512"}
_LINE = re.compile(r"([0-9a-f]{64}|[0-9a-f]{128}) [ *](\S+)")


@dataclass(frozen=True)
class Digest:
    """A digest and its algorithm: "sha256", or "sha512" where the publisher states only that."""

    algorithm: str
    hex: str

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.hex}"


@dataclass(frozen=True)
class Source:
    """A published file: the URLs of the file and of its digest."""

    kind: str
    version: str
    url: str
    checksums_url: str
    member: str | None = None

    @property
    def file_name(self) -> str:
        """Its name in the checksum file."""
        return self.url.rsplit("/", 1)[-1]


def k3s(arch: str) -> Source:
    """k3s' binary. The "+" in its version becomes %2B in the URL."""
    base = f"https://github.com/k3s-io/k3s/releases/download/{quote(versions.K3S)}"
    name = "k3s" if arch == "amd64" else f"k3s-{arch}"
    return Source("k3s", versions.K3S, f"{base}/{name}", f"{base}/sha256sum-{arch}.txt")


def helm(arch: str) -> Source:
    """helm's archive."""
    url = f"https://get.helm.sh/helm-{versions.HELM}-linux-{arch}.tar.gz"
    return Source("helm", versions.HELM, url, f"{url}.sha256sum", member=f"linux-{arch}/helm")


def caddy(arch: str) -> Source:
    """Caddy's archive."""
    number = versions.CADDY.removeprefix("v")
    base = f"https://github.com/caddyserver/caddy/releases/download/{versions.CADDY}"
    return Source(
        "caddy",
        versions.CADDY,
        f"{base}/caddy_{number}_linux_{arch}.tar.gz",
        f"{base}/caddy_{number}_checksums.txt",
        member="caddy",
    )


CHART_INDEX = "https://hub.jupyter.org/helm-chart/index.yaml"


def from_checksums(text: str, source: Source) -> Digest:
    """The digest of `source` in a checksum file. Raises BundleError unless it names exactly one digest."""
    found = {
        match[1]
        for line in text.splitlines()
        if (match := _LINE.fullmatch(line.strip())) and match[2] == source.file_name
    }
    if len(found) != 1:
        raise BundleError(
            f"the checksum file does not name {source.file_name}"
            if not found
            else f"the checksum file names {source.file_name} with {len(found)} digests",
            where=source.checksums_url,
            hint=f"Is {source.kind} {source.version} published? If not, install from a folder: --bundle DIR.",
        )
    digest = found.pop()
    return Digest(_ALGORITHMS[len(digest)], digest)


def from_index(text: str, version: str = versions.BINDERHUB_CHART) -> tuple[Source, Digest]:
    """The chart of `version` in the repository's index.yaml. Raises BundleError.

    The index has thousands of entries and several MB, so only the entry of `version` is parsed.
    """
    entry = _chart_entry(text, version)
    digest, urls = entry.get("digest"), entry.get("urls")
    if not (isinstance(digest, str) and re.fullmatch(r"[0-9a-f]{64}", digest)):
        raise BundleError(f"the entry of chart {version} has no SHA-256 digest", where=CHART_INDEX)
    if not (isinstance(urls, list) and urls and isinstance(urls[0], str)):
        raise BundleError(f"the entry of chart {version} has no URL", where=CHART_INDEX)
    url = urljoin(CHART_INDEX, urls[0])
    if not url.startswith("https://"):
        raise BundleError(f"the chart's URL is not https: {url}", where=CHART_INDEX)
    return Source("chart", version, url, CHART_INDEX), Digest("sha256", digest)


def _chart_entry(text: str, version: str) -> dict[str, Any]:
    """The mapping of one version under `entries: binderhub:`."""
    section = re.search(rf"^  {CHART_NAME}:\n((?:  [- ].*\n|\n)*)", f"{text}\n", re.MULTILINE)
    items = re.split(r"^  - ", section[1], flags=re.MULTILINE)[1:] if section else []
    wanted = re.compile(rf"^(?:    )?version: ['\"]?{re.escape(version)}['\"]?$", re.MULTILINE)
    for item in items:
        if wanted.search(item):
            return _mapping("    " + item)
    raise BundleError(
        f"the chart repository has no {CHART_NAME} {version}",
        where=CHART_INDEX,
        hint="Install from a folder with --bundle, or update this program.",
    )


def _mapping(block: str) -> dict[str, Any]:
    try:
        entry = YAML(typ="safe", pure=True).load(block)
    except YAMLError as error:
        raise BundleError("the index of the chart repository is not YAML", where=CHART_INDEX) from error
    return entry if isinstance(entry, dict) else {}
