"""The whole walk: nothing to do on a finished host, and exactly the right things after each deviation."""

import pytest

from binder_singlenode.deploy import steps
from binder_singlenode.deploy.context import Context
from binder_singlenode.layout import paths


def everything(context: Context) -> None:
    """All steps in one State."""
    for step in steps.in_order():
        step(context)


def replace(lines: list[str], old: str, new: str) -> None:
    """Change the one line that has `old` in it."""
    places = [index for index, line in enumerate(lines) if old in line]
    assert len(places) == 1, (old, [lines[index] for index in places])
    lines[places[0]] = lines[places[0]].replace(old, new)


def test_a_finished_host_needs_nothing_and_two_questions(context, told, play) -> None:  # type: ignore[no-untyped-def]
    walk = play(everything, context, told)
    assert walk.changed == []
    assert not any(walk.plan.values())
    assert walk.questions == 2  # one for the plan, one for its execution


def test_a_bare_host_is_asked_again_only_where_something_changed(context, play) -> None:  # type: ignore[no-untyped-def]
    walk = play(everything, context, {})
    assert len(walk.changed) > 30
    assert walk.questions < len(walk.changed)


def test_an_upgrade_names_both_versions(context, told, play) -> None:  # type: ignore[no-untyped-def]
    old = next(line for line in told["stamps"] if line.startswith("note\tk3s:"))
    replace(told["stamps"], old, "note\tk3s:" + "0" * 64 + " 7.1700000000.42")
    told["stamps"].append("note\tk3s.version:v1.36.1+k3s1")
    told["stamps"].append(f"note\thelm.version:{context.release.helm.version}")
    walk = play(everything, context, told)
    assert walk.changed == ["Install k3s v1.36.1+k3s1 → v1.36.3+k3s1", "Start k3s"]
    assert "Install helm v4.3.1" in walk.plan


RELEASE = "release-objects.yaml"
OVERRIDE = "/etc/systemd/system/k3s.service.d/override.conf"
DEVIATIONS = {
    "a changed file": (
        "files",
        lambda lines: _drop(lines, f"  {paths.K3S_CONFIG}"),
        [f"Write {paths.K3S_CONFIG}", "Start k3s"],
    ),
    "another mode": (
        "files",
        lambda lines: replace(lines, f"stat\t{paths.VALUES}\t600", f"stat\t{paths.VALUES}\t644"),
        [f"Write {paths.VALUES}"],
    ),
    "a link in place of a file": (
        "files",
        lambda lines: replace(
            lines,
            _row(lines, paths.SYSCTL),
            _row(lines, paths.SYSCTL).replace("regular file", "symbolic link"),
        ),
        [f"Write {paths.SYSCTL}"],
    ),
    "a binary that somebody replaced": (
        "files",
        lambda lines: replace(
            lines, _row(lines, paths.CADDY), _row(lines, paths.CADDY).replace("\t42\t", "\t43\t")
        ),
        # The note about the service goes with the note about its binary.
        ["Install Caddy v2.10.2", "Start the entry"],
    ),
    "a folder with another owner": (
        "files",
        lambda lines: replace(
            lines, f"stat\t{paths.LOG}\t1770\troot:binder-entry", f"stat\t{paths.LOG}\t755\troot:root"
        ),
        [f"Make {paths.LOG}"],
    ),
    "images of an earlier bundle": (
        "files",
        lambda lines: lines.append(
            f"stat\t{paths.IMAGES}/binder-old.tar\t644\troot:root\t7\t1\t1\tregular file"
        ),
        ["Remove image archives of earlier releases"],
    ),
    "a restart that never came": (
        "stamps",
        lambda lines: _drop(lines, f"note\t{paths.K3S_UNIT}"),
        ["Start k3s"],
    ),
    "a service that is down": (
        "units",
        lambda lines: lines.__setitem__(lines.index(f"Id={paths.ENTRY_UNIT}") + 1, "ActiveState=failed"),
        ["Start the entry"],
    ),
    "a service that would not start at boot": (
        "units",
        lambda lines: lines.__setitem__(lines.index(f"Id={paths.ENTRY_UNIT}") + 2, "UnitFileState=disabled"),
        ["Start the entry"],
    ),
    "a service that somebody masked": (
        "units",
        lambda lines: lines.__setitem__(lines.index(f"Id={paths.CLEAN_TIMER}") + 2, "UnitFileState=masked"),
        ["Start the timer"],
    ),
    "a service that somebody changed": (
        "drop_ins",
        lambda lines: lines.append(f"{OVERRIDE}:ExecStart=/bin/sleep 1d"),
        [f"Start k3s ({OVERRIDE} changes ExecStart of k3s.service; it is moved aside)"],
    ),
    "a service that somebody gave a variable": (
        "drop_ins",
        lambda lines: lines.append(f"{OVERRIDE}:Environment=A=b"),
        [],
    ),
    "a kernel setting that was overruled": (
        "sysctls",
        lambda lines: replace(lines, "max_user_instances:8192", "max_user_instances:128"),
        ["Apply the kernel settings"],
    ),
    "a module that is not loaded": (
        "modules",
        lambda lines: lines.remove("br_netfilter"),
        ["Load overlay, br_netfilter, nf_conntrack"],
    ),
    "a removed package": (
        "packages",
        lambda lines: replace(lines, "curl\tii ", "curl\trc "),
        ["Install what is missing of ca-certificates, conntrack, curl, iptables, nftables"],
    ),
    "rules that somebody flushed": ("firewall", lambda lines: lines.clear(), ["Load the firewall rules"]),
    "a resolver of pods that a hand has changed": (
        "resolver",
        lambda lines: lines.clear(),
        ["Give pods the host's name servers"],
    ),
    "no user": ("users", lambda lines: lines.clear(), [f"Make the system user {paths.ENTRY_USER}"]),
    "a node that is not ready": (
        "cluster",
        lambda lines: replace(lines, "\tTrue\t", "\tUnknown\t"),
        ["Wait until the node is Ready"],
    ),
    "a registry that is not rolled out": (
        "cluster",
        lambda lines: replace(lines, "\t1\t1/1", "\t1\t1/"),
        ["Wait until the registry runs as written"],
    ),
    "a release that failed": (
        "cluster",
        lambda lines: replace(lines, "\tdeployed\t", "\tfailed\t"),
        ["Bring the release up to date"],
    ),
    "a run that was killed within helm": (
        "cluster",
        lambda lines: lines.append(
            "Secret\tbinder\tsh.helm.release.v1.binder.v11\tx\tpending-upgrade\t\t\t\t/"
        ),
        ["Bring the release up to date"],
    ),
    "an object of the release that is gone": (
        "cluster",
        lambda lines: lines.append(f"was\t{RELEASE}\tDeployment\tbinder\tbinder\t\t\t{{}}"),
        ["Bring the release up to date (Deployment binder is gone)"],
    ),
    "a release whose objects were never recorded": (
        "cluster",
        lambda lines: _drop(lines, f"was\t{RELEASE}\t#"),
        ["Bring the release up to date"],
    ),
    "an image that somebody deleted": (
        "cluster",
        lambda lines: lines.append("image\tmissing\tquay.io/hub:1"),
        ["Import images that are gone (quay.io/hub:1)"],
    ),
    "an object of a manifest that is gone": (
        "cluster",
        lambda lines: lines.append("was\tbinder-entry.yaml\tService\tbinder\thub-entry\t\t\t{}"),
        ["Apply the services of the entry (Service hub-entry is gone)"],
    ),
    "a manifest that was written and not applied": (
        "cluster",
        lambda lines: replace(lines, _line(lines, "was\tbinder-policies.yaml"), "answered"),
        ["Apply the namespace, its policies and the registry"],
    ),
}


def _row(lines: list[str], path: str) -> str:
    return next(line for line in lines if line.startswith(f"stat\t{path}\t"))


def _line(lines: list[str], words: str) -> str:
    return next(line for line in lines if words in line)


def _drop(lines: list[str], words: str) -> None:
    lines.remove(_line(lines, words))


@pytest.mark.parametrize("name", DEVIATIONS)
def test_a_deviation_is_mended_and_nothing_else(name: str, context, told, play) -> None:  # type: ignore[no-untyped-def]
    section, change, expected = DEVIATIONS[name]
    change(told[section])
    walk = play(everything, context, told)
    assert walk.changed == expected
    assert [operation for operation, change in walk.plan.items() if change is not False] == expected


def test_a_stopped_cluster_is_not_taken_for_a_missing_release(context, told, play) -> None:  # type: ignore[no-untyped-def]
    """k3s is down: after its start, the cluster is asked again before anything is done to it."""
    told["units"][told["units"].index(f"Id={paths.K3S_UNIT}") + 1] = "ActiveState=inactive"
    walk = play(everything, context, told)
    assert walk.changed == ["Start k3s"]


def test_open_ports_when_the_host_file_says_so(make, tmp_path, told, play) -> None:  # type: ignore[no-untyped-def]
    """The table stays: what is the cluster's does not leave the host all the same."""
    from binder_singlenode.deploy.steps.firewall import firewall

    context = make(tmp_path, "apiVersion: binder/v1\naddress: 192.0.2.7\nnetwork: {firewall: false}\n")
    walk = play(firewall, context, told)
    assert walk.changed == [f"Write {paths.FIREWALL_RULES}", "Load the firewall rules"]
    rules = walk.of(paths.FIREWALL_RULES).commands[0]
    assert "hook output" in rules and "hook input" not in rules


def test_a_changed_value_changes_the_release_alone(context, told, play) -> None:  # type: ignore[no-untyped-def]
    from dataclasses import replace as replaced

    other = replaced(context, values_yaml="config: {BinderHub: {debug: true}}\n")
    assert play(everything, other, told).changed == [f"Write {paths.VALUES}", "Bring the release up to date"]


def test_a_file_that_changes_a_unit_is_kept_under_another_name(context, told, play) -> None:  # type: ignore[no-untyped-def]
    """The note goes first, so that a killed run restarts the service the next time."""
    told["drop_ins"].append(f"{OVERRIDE}:ExecStart=/bin/sleep 1d")
    (command,) = play(everything, context, told).of("Start k3s").commands
    note = f"rm -f {paths.stamp_path(paths.K3S_UNIT)}"
    order = [note, f"mv -f {OVERRIDE} {OVERRIDE}.moved-by-binder", "daemon-reload", "restart k3s.service"]
    assert sorted(order, key=command.index) == order


def test_a_masked_unit_is_unmasked_before_it_is_enabled(context, told, play) -> None:  # type: ignore[no-untyped-def]
    told["units"][told["units"].index(f"Id={paths.CLEAN_TIMER}") + 2] = "UnitFileState=masked-runtime"
    (command,) = play(everything, context, told).of("Start the timer").commands
    assert command.index("unmask --runtime") < command.index("enable")
