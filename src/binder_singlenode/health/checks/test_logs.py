"""Visitors' IP addresses: in no log for longer than Binder promises."""

import re
import time
from datetime import UTC, datetime
from typing import Any

from binder_singlenode.health.checks.remote import output
from binder_singlenode.layout import paths
from binder_singlenode.layout.names import LOG_DAYS

DAY_S = 86400
UPKEEP_S = 600
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)")
_OLD_TIME = re.compile(r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d")
_WEST_S = 12 * 3600  # no time zone is further behind UTC
_UNIX_TIME = re.compile(r'"ts":(\d+)|^(\d{9,})\.')
FIRST_LINES = (
    f"for file in {paths.ACCESS_LOG} {paths.POD_LOGS}/*/*/*.log*"
    f" {' '.join(f'{log} {log}[.-][0-9]*' for log in paths.SYSTEM_LOGS)}; do"
    ' [ -s "$file" ] && echo "$file $(gzip -dcf "$file" | head -n 1 | cut -c -2000)"; done;'
    ' echo "journal $(journalctl -q --no-pager -o short-unix | head -n 1)"'
)
# A machine may be older than Binder on it: the current version of the script must have run once.
FORGOTTEN = (
    f"ran=$(systemctl show -p ExecMainExitTimestamp --value {paths.UPKEEP_SERVICE});"
    f' [ "$(date -d "${{ran:-@0}}" +%s)" -gt "$(stat -c %Y {paths.FORGET})" ] ||'
    f" timeout {UPKEEP_S} systemctl start {paths.UPKEEP_SERVICE}"
)


def test_old_addresses(host: Any) -> None:
    """No log of the entry, of a container, or of the system begins earlier than 30 days ago."""
    host.run(FORGOTTEN)  # test_upkeep checks its result
    begins = dict(line.partition(" ")[::2] for line in output(host, FIRST_LINES).splitlines())
    ages = {name: time.time() - at for name, line in begins.items() if (at := first_time(line)) is not None}
    late = [f"{name} ({age / DAY_S:.1f} days)" for name, age in ages.items() if age > LOG_DAYS * DAY_S]
    assert not late, (
        f"addresses are kept for longer than {LOG_DAYS} days in {', '.join(late)}:"
        f" see `systemctl status {paths.UPKEEP_SERVICE}`; what rsyslog writes, logrotate rotates"
    )


def first_time(line: str) -> float | None:
    """The Unix time that a line of a log begins with, or has as its "ts".

    rsyslog's older form has neither year nor zone: the latest time that it can be.
    """
    if found := _TIME.match(line):
        return datetime.fromisoformat(found[1] + found[2].replace("Z", "+00:00")).timestamp()
    if found := _OLD_TIME.match(line):
        return _latest(found[0])
    found = _UNIX_TIME.search(line)
    return float(found[1] or found[2]) if found else None


def _latest(text: str) -> float | None:
    now = time.time()
    year = datetime.fromtimestamp(now, UTC).year
    times = [_in_year(each, text) for each in (year, year - 1)]
    return next((at for at in times if at is not None and at <= now + DAY_S), None)


def _in_year(year: int, text: str) -> float | None:
    """None: the 29th of February of a year without one."""
    try:
        at = datetime.strptime(f"{year} {text}", "%Y %b %d %H:%M:%S")
    except ValueError:
        return None
    return at.replace(tzinfo=UTC).timestamp() + _WEST_S


def test_upkeep(host: Any) -> None:
    """What forgets addresses has worked the last time."""
    shown = output(host, "systemctl show -p Result %s", paths.UPKEEP_SERVICE)
    result = shown.strip().partition("Result=")[2].partition("\n")[0] or "success"
    assert result == "success", (
        f"{paths.UPKEEP_SERVICE} ended with {result}: see `journalctl -u {paths.UPKEEP_SERVICE}` on the host"
    )
