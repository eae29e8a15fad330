"""The preflight's rules about settings of the system that another file overrides, each with file and line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import basename, dirname

from binder_singlenode.layout import paths
from binder_singlenode.layout.names import LOG_DAYS
from binder_singlenode.layout.system import KERNEL_MODULES, SYSCTLS
from binder_singlenode.preflight.facts import Facts
from binder_singlenode.preflight.problem import Problem
from binder_singlenode.preflight.rules import sysctl_order

_FORWARDING = re.compile(r"net/ipv4/conf/(.+)/forwarding")
JOURNALD_KEYS = ("SystemMaxUse", "MaxRetentionSec", "MaxFileSec")


def kernel_settings(facts: Facts) -> Iterator[Problem]:
    """Lines that the system applies after ours, with another value."""
    found = sysctl_order.settings(facts.rows("sysctl_line"))
    after = sysctl_order.later(facts.all("sysctl_file"), found, paths.SYSCTL)
    for each in sysctl_order.overriding(after, SYSCTLS):
        yield Problem(
            f"{each.key.replace('/', '.')} = {each.value}, read after {paths.SYSCTL}",
            f"{each.path}:{each.line}",
            "remove this line; until then, `up` has ours applied again after it: at each boot, when"
            " systemd-sysctl restarts, and once an hour",
            fatal=False,
        )
    last = {each.key: each for each in after if _FORWARDING.fullmatch(each.key) and not each.is_pattern}
    for key, each in last.items():
        card = key.split("/")[3]
        if each.value == "0" and card not in ("all", "default", "lo"):
            yield Problem(
                f"switches off forwarding of what comes in by {card}: pods get no answer from there",
                f"{each.path}:{each.line}",
                "remove this line, then: sysctl -w " + f"net/ipv4/conf/{card}/forwarding=1",
            )
    for name, most in _pairs(facts, "namespaces"):
        if most == "0":
            yield Problem(
                f"user.max_{name}_namespaces is 0: no container can start",
                "kernel settings",
                "remove the line with this setting (grep -r max_ /etc/sysctl.d /etc/sysctl.conf), and reboot",
            )


def modules(facts: Facts) -> Iterator[Problem]:
    """Modules that modprobe's settings keep from being loaded, now or after a reboot."""
    loaded = facts.all("module_loaded")
    for path, text in _pairs(facts, "modprobe"):
        number, _, line = text.partition(":")
        words = line.split()
        if len(words) < 2:
            continue
        name = words[1].replace("-", "_")
        if words[0] == "install" and "modprobe" in line:
            continue  # loads it, and something else too
        yield Problem(
            f"{' '.join(words)}: module {name} is not loaded"
            + (" after a reboot" if name in loaded else ", which pods need"),
            f"{path}:{number}",
            "remove this line, then: modprobe " + name,
            fatal=name not in loaded,
        )
    missing = [name for name in KERNEL_MODULES if name not in loaded]
    if facts.one("modules_disabled") and missing:
        yield Problem(
            f"no module can be loaded (kernel.modules_disabled = 1), and these are not: {', '.join(missing)}",
            "kernel",
            "remove kernel.modules_disabled from the sysctl files, and reboot",
        )


def journal(facts: Facts) -> Iterator[Problem]:
    """Files of journald.conf.d that are read after ours."""
    path, after, last = "", False, {}
    for line in facts.text("journald"):
        if line.startswith("# /"):
            path = line.removeprefix("# ")
            after = basename(path) > basename(paths.JOURNALD) and ".conf.d/" in path
        key, mark, value = (part.strip() for part in line.partition("="))
        if mark and after and key in JOURNALD_KEYS:
            last[key] = (path, value)
    for key, (where, value) in last.items():
        yield Problem(
            f"{key}={value}, read after {paths.JOURNALD}: the limits are not those of the disk budget",
            where,
            f"remove this line (entries older than {LOG_DAYS} days are removed all the same, each hour)",
            fatal=False,
        )


def _pairs(facts: Facts, key: str) -> list[list[str]]:
    return [row for row in facts.rows(key) if len(row) == 2]


def units(facts: Facts) -> Iterator[Problem]:
    """Drop-ins that change the services of binder-singlenode."""
    lines: dict[str, list[str]] = {}
    for path, text in _pairs(facts, "unit_line"):
        lines.setdefault(path, []).append(text.partition(":")[2].strip())
    for path, found in lines.items():
        folder = basename(dirname(path)).removesuffix(".d")
        who = "all services, k3s and the entry too" if folder == "service" else folder
        yield Problem(
            f"changes {who}: {', '.join(found[:5])}",
            path,
            "remove the file if such a service does not start or ends too early; systemctl cat shows both",
            fatal=False,
        )


def rotation(facts: Facts) -> Iterator[Problem]:
    """logrotate must rotate the system's logs, which have visitors' addresses, and leave ours alone."""
    for message in dict.fromkeys(facts.all("logrotate_error")):
        yield Problem(
            f"logrotate reports: {message[:300]}. A log that it does not rotate keeps visitors' addresses for"
            f" more than {LOG_DAYS} days",
            "logrotate",
            "correct the file in /etc/logrotate.d that it names; try with: logrotate -d /etc/logrotate.conf",
            fatal=False,
        )
    for log in dict.fromkeys(facts.all("rotated")):
        yield Problem(
            f"logrotate rotates {log}, which binder-singlenode and the kubelet keep short themselves; copies"
            f" that it makes are not forgotten after {LOG_DAYS} days",
            "logrotate",
            "take this path out of /etc/logrotate.d",
            fatal=False,
        )


def problems(facts: Facts) -> Iterator[Problem]:
    """All of them."""
    yield from kernel_settings(facts)
    yield from modules(facts)
    yield from journal(facts)
    yield from units(facts)
    yield from rotation(facts)
