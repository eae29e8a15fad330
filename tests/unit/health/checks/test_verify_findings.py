"""Each check of the machine and of the cluster finds what it is for, and says it."""

import json

import pytest

from .good_host import (
    DEPLOYMENT,
    DF,
    GIB,
    JOURNAL,
    MODES,
    NAMES,
    NFT,
    NODE,
    RECORDED,
    USE,
    items,
    log_lines,
    pem,
)
from .verify_bed import Bed, outcomes

Case = tuple[str, str, str, int, str]  # check, pattern, answer, exit code, words of the message
DAYS_LEFT = r"^for each in"
HOST: list[Case] = [
    ("service[k3s.service]", r"^systemctl show .* k3s", "ActiveState=failed\n", 0, "not running but failed"),
    (
        "service[k3s.service]",
        r"^systemctl show .* k3s",
        "ActiveState=active\n",
        0,
        "not start after a reboot",
    ),
    ("kernel_settings", r"^sysctl -n", "0\n1 2\n", 0, "net.ipv4.ip_forward is 0, not 1"),
    ("kernel_settings", r"cat \S*sysctl.d", "", 0, "holds no setting"),
    ("kernel_modules", r"cat /proc/modules", "", 0, "not loaded: overlay"),
    (
        "firewall_loaded",
        r"^.?wanted=.*nft -s list",
        "",
        1,
        "is not as in /etc/binder-singlenode/firewall.nft",
    ),
    ("firewall_rules", r"^nft list", "", 1, "no table inet binder_singlenode"),
    ("firewall_rules", r"^nft list", NFT.replace("6443-6444, ", ""), 0, "does not close 6443"),
    ("kubelet", r"configz", '{"kubeletconfig": {"maxPods": 50}}', 0, "allows 50 pods, not 110"),
    ("kubelet", r"configz", '{"kubeletconfig": {"maxPods": 110}}', 0, "evicts below no limit"),
    ("secrets", r"^stat ", MODES.replace("600", "644", 1), 0, "values.yaml has mode 644"),
    ("secrets", r"^stat ", MODES.replace("root", "www", 1), 0, "belongs to www"),
    ("clock", r"^date ", "1000000000\n", 0, "clock is"),
    ("certificates", DAYS_LEFT, f"file /tls/a.crt\n{pem(5)}", 0, "/tls/a.crt ends in 5 days"),
    ("certificates", DAYS_LEFT, "", 0, "no certificate"),
    ("secrets", r"^stat ", "stat: cannot statx", 1, "`stat` failed on the host: stat: cannot statx"),
]
EAGER = '{"kubeletconfig": {"imageGCHighThresholdPercent": 85}}'
DISK: list[Case] = [
    ("room[/]", r"^df -PB1 /$", DF.replace(str(50 * GIB), str(5 * GIB)), 0, "5 GiB of 100 GiB are free"),
    ("room[/]", r"^df -Pi /$", "F\n/dev/vda 1000 990 10 99% /\n", 0, "10 of 1000 inodes are left"),
    ("cleaning", r"^systemctl show -p Result", "exit-code\n", 0, "(exit-code), its last words: registry: d"),
    ("power_cut", r"^ls -A .*checks", "registry\n", 0, "the check of registry has not ended"),
    ("shares", r"^tail .*disk-use", USE.replace("registry=1", "registry=900"), 0, "registry takes 900 B"),
    ("shares", r"^tail .*disk-use", "1700000000 images=1\n", 0, "not all shares are counted"),
    ("image_collection", r"configz", EAGER, 0, "from 85 % on"),
    ("journal", r"^systemd-analyze", JOURNAL + "SystemMaxUse=9\n", 0, "wins over SystemMaxUse=7"),
]
CORDONED = {**NODE, "spec": {"unschedulable": True}}
NOT_READY = {
    **NODE,
    "status": {"conditions": [{"type": "Ready", "status": "False", "message": "container runtime is down"}]},
}
READY = {"type": "Ready", "status": "True"}
PRESSED = {**NODE, "status": {"conditions": [READY, {"type": "DiskPressure", "status": "True"}]}}
SMALL = {**NODE, "status": {"allocatable": {"memory": "6Gi", "pods": "110"}}}
LATE = {**DEPLOYMENT, "status": {}}
CRASHING = {
    "metadata": {"name": "hub-1", "namespace": "binder"},
    "status": {"containerStatuses": [{"state": {"waiting": {"reason": "CrashLoopBackOff"}}}]},
}
CLUSTER: list[Case] = [
    ("node", r"get nodes", items(CORDONED), 0, "uncordon binder"),
    ("node", r"get nodes", items(NOT_READY), 0, "container runtime is down"),
    ("node", r"get nodes", items(PRESSED), 0, "reports DiskPressure"),
    ("node", r"get nodes", items(NODE, NODE), 0, "2 nodes"),
    ("allocatable", r"get node binder", json.dumps(SMALL), 0, "6 GiB to pods, 1 GiB less than computed"),
    ("workloads", r"get deployments", items(LATE), 0, "deployment/hub 0 of 1"),
    ("workloads", r"get deployments", items(), 0, "is empty"),
    ("pods", r"get pods -A", items(CRASHING), 0, "stuck: binder/hub-1 (CrashLoopBackOff)"),
    ("image_store", r"^curl ", "000", 7, "builds cannot push"),
    ("names", "dns-search", NAMES.replace("same\n", ""), 0, "does not have the host's name servers"),
    ("names", "dns-search", NAMES.replace("53", "54", 1), 0, "DNS asks 192.0.2.54, not 192.0.2.53"),
    ("names", "dns-search", NAMES.replace("\t1\n", "\t0\n"), 0, "builds get the search domains"),
    (
        "names",
        "dns-search",
        NAMES.replace("local \t0", "local example.org \t0"),
        0,
        "the pod of binderhub has the host's search domain example.org",
    ),
    ("release", r"get secrets", "9 deployed\n10 failed\n", 0, "revision 10 of the release is failed"),
    ("release", r"get secrets", "", 0, "there is no Helm release binder"),
    ("docker_socket", r"test -e", "", 1, "is not there"),
    ("docker_socket", r"test -S", "", 1, "is a directory"),
    ("node", r"get nodes", "", 255, "lost the connection to the host"),
]
GONE = (
    f"##binder cluster\nanswered\n{RECORDED}\nwas\tbinder-entry.yaml\tService\tbinder\thub-entry\t\t\t{{}}\n"
)
IMAGELESS = f"{GONE}image\tmissing\tquay.io/hub:1\n"  # one answer for two checks in the same run
EXEC = "##binder drop_ins\n/etc/systemd/system/k3s.service.d/a.conf:ExecStart=/bin/x\n"
EDITS: list[Case] = [
    ("objects", r"##binder cluster", GONE, 0, "Service hub-entry is gone: run `binder-singlenode up`"),
    ("objects", r"##binder cluster", "##binder cluster\n", 0, "the API does not answer"),
    ("objects", r"##binder cluster", "##binder cluster\nanswered\n", 0, "has not recorded any object"),
    ("images", r"##binder cluster", IMAGELESS, 0, "deleted: quay.io/hub:1: run `binder-singlenode up`"),
    ("unit_overrides", r"##binder drop_ins", EXEC, 0, "a.conf changes ExecStart of k3s.service"),
]
LOGS: list[Case] = [
    (
        "old_addresses",
        r"^for file in",
        log_lines(31),
        0,
        "access.log (31.0 days), /var/log/pods/a/b/0.log (31.0",
    ),
    ("upkeep", r"^systemctl show -p Result", "Result=exit-code\n", 0, "ended with exit-code"),
]


def rounds(cases: list[Case]) -> list[list[Case]]:
    """Cases of different checks go together into one run: a run takes a second."""
    found: list[list[Case]] = []
    for case in cases:
        free = next((each for each in found if case[0] not in [other[0] for other in each]), None)
        if free is None:
            found.append([case])
        else:
            free.append(case)
    return found


def wrong(bed: Bed, part: str, cases: list[Case]) -> None:
    """With these answers changed, these checks fail with these words, and no other check does."""
    for _, pattern, out, code, _ in cases:
        bed.answers(pattern, out, code, "Connection refused\n" if code == 255 else "")
    report = bed.verify(part)
    failed = {result.name: result.message for result in report.failed}
    assert set(failed) == {f"{part}::{case[0]}" for case in cases}
    for name, *_, words in cases:
        assert words in failed[f"{part}::{name}"]
    assert report.exit_code == 1


@pytest.mark.parametrize("cases", rounds(HOST), ids=lambda cases: f"{len(cases)} at once")
def test_what_is_wrong_with_the_machine(bed: Bed, cases: list[Case]) -> None:
    wrong(bed, "host", cases)


@pytest.mark.parametrize("cases", rounds(DISK), ids=lambda cases: f"{len(cases)} at once")
def test_what_is_wrong_with_the_disk(bed: Bed, cases: list[Case]) -> None:
    wrong(bed, "disk", cases)


@pytest.mark.parametrize("cases", rounds(CLUSTER), ids=lambda cases: f"{len(cases)} at once")
def test_what_is_wrong_with_the_cluster(bed: Bed, cases: list[Case]) -> None:
    wrong(bed, "cluster", cases)


@pytest.mark.parametrize("cases", rounds(EDITS), ids=lambda cases: f"{len(cases)} at once")
def test_what_somebody_has_changed(bed: Bed, cases: list[Case]) -> None:
    wrong(bed, "edits", cases)


@pytest.mark.parametrize("cases", rounds(LOGS), ids=lambda cases: f"{len(cases)} at once")
def test_what_is_wrong_with_the_logs(bed: Bed, cases: list[Case]) -> None:
    wrong(bed, "logs", cases)


def test_a_firewall_that_is_not_ours_is_not_checked(bed: Bed) -> None:
    assert outcomes(bed.verify("host", firewall=False))["host::firewall_rules"] == "skipped"


def test_a_unit_that_the_host_file_does_not_want_is_not_checked(bed: Bed) -> None:
    bed.answers(r"^systemctl show", "ActiveState=inactive\n")
    states = outcomes(bed.verify("host", units=("k3s.service",)))
    services = {name: outcome for name, outcome in states.items() if name.startswith("host::service[")}
    assert {name for name, outcome in services.items() if outcome == "failed"} == {
        "host::service[k3s.service]"
    }
    assert set(services.values()) == {"failed", "skipped"}


def test_the_shared_store_is_the_kubelets(bed: Bed) -> None:
    """No registry is asked; a builder with a store of its own is found out."""
    bed.answers(r"^curl .*http://docker/info", json.dumps({"Driver": "overlayfs"}), 0, "")
    assert outcomes(bed.verify("cluster", store="shared"))["cluster::image_store"] == "passed"
    bed.answers(r"^curl .*http://docker/info", json.dumps({"Driver": "overlay2"}), 0, "")
    (failed,) = bed.verify("cluster", store="shared").failed
    assert failed.name == "cluster::image_store" and "with overlay2, not with overlayfs" in failed.message


def test_homes_that_are_not_mounted_are_counted(bed: Bed) -> None:
    bed.answers("findmnt", "/var/lib/binder-singlenode/homes/001 5242880000\n")
    (problem,) = (each for each in bed.verify("host", homes=2).failed if each.name == "host::homes")
    assert "1 of 2 homes are mounted: run `binder-singlenode up`" in problem.message
