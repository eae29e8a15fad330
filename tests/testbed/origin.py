"""Whether the real releases can be had from here: `release` or `testbed` on stdout, and why on stderr.

    python tests/testbed/origin.py

One short request to each publisher that `up` fetches from: k3s, helm, the chart, the images' registries.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx

from binder_singlenode.releases import publishers, versions

LIMIT_S = 5
UNAUTHORIZED = 401
"""What a registry answers to who has no token yet: it is there."""


def asked_urls() -> list[str]:
    """A small file or page of each publisher."""
    registries = {image.partition("/")[0] for image in versions.default_settings().values()}
    hosts = {"docker.io": "registry-1.docker.io"}
    return [
        publishers.k3s("amd64").checksums_url,
        publishers.helm("amd64").checksums_url,
        publishers.CHART_INDEX,
        *(f"https://{hosts.get(name, name)}/v2/" for name in sorted(registries)),
    ]


def answers(url: str) -> str | None:
    """None when the publisher answers, else what stands in the way."""
    try:
        status = httpx.head(url, timeout=LIMIT_S, follow_redirects=True).status_code
    except httpx.HTTPError as error:
        return f"{urlsplit(url).hostname}: {error or type(error).__name__}"
    good = status < 400 or status == UNAUTHORIZED
    return None if good else f"{urlsplit(url).hostname}: status {status}"


def main() -> int:
    """Ask all at once; the first obstacle is reason enough."""
    urls = asked_urls()
    with ThreadPoolExecutor(len(urls)) as pool:
        obstacles = [each for each in pool.map(answers, urls) if each]
    if obstacles:
        print(f"the real releases cannot be had from here ({obstacles[0]})", file=sys.stderr)
    print("testbed" if obstacles else "release")
    return 0


if __name__ == "__main__":
    sys.exit(main())
