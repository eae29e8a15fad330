"""Visitors' addresses: in no log for longer than Binder promises."""

import re
import time
from datetime import datetime
from typing import Any

from binder_singlenode.checks.remote import output
from binder_singlenode.deploy import paths
from binder_singlenode.promises import LOG_DAYS

DAY_S = 86400
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)")
_UNIX_TIME = re.compile(r'"ts":(\d+)|^(\d{9,})\.')
_FIRST_LINES = (
    f"for file in {paths.ACCESS_LOG} {paths.POD_LOGS}/*/*/*.log*; do"
    ' [ -s "$file" ] && echo "$file $(gzip -dcf "$file" | head -n 1 | cut -c -2000)"; done;'
    ' echo "journal $(journalctl -q --no-pager -o short-unix | head -n 1)"'
)


def test_old_addresses(host: Any) -> None:
    """No log of the entry, of a container, or of the system begins earlier than 30 days ago."""
    begins = dict(line.partition(" ")[::2] for line in output(host, _FIRST_LINES).splitlines())
    ages = {name: time.time() - at for name, line in begins.items() if (at := first_time(line)) is not None}
    late = [f"{name} ({age / DAY_S:.1f} days)" for name, age in ages.items() if age > LOG_DAYS * DAY_S]
    assert not late, (
        f"addresses are kept for longer than {LOG_DAYS} days in {', '.join(late)}:"
        f" see `systemctl status {paths.UPKEEP_SERVICE}`"
    )


def first_time(line: str) -> float | None:
    """The Unix time that a line of a log begins with, or has as its "ts"."""
    if found := _TIME.match(line):
        return datetime.fromisoformat(found[1] + found[2].replace("Z", "+00:00")).timestamp()
    found = _UNIX_TIME.search(line)
    return float(found[1] or found[2]) if found else None


def test_upkeep(host: Any) -> None:
    """What forgets addresses has worked the last time."""
    shown = output(host, "systemctl show -p Result %s", paths.UPKEEP_SERVICE)
    result = shown.strip().partition("Result=")[2].partition("\n")[0] or "success"
    assert result == "success", (
        f"{paths.UPKEEP_SERVICE} ended with {result}: see `journalctl -u {paths.UPKEEP_SERVICE}` on the host"
    )
