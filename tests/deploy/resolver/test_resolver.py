"""The file that pods get: written once, kept right when the host's name servers change, never empty."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.steps import k3s, resolver
from binder_singlenode.layout import paths
from binder_singlenode.values.helm_values import helm_values

from .conftest import HostFiles

CONF = "/etc/resolv.conf"
HOSTS = "nameserver 192.0.2.53\nsearch example.org\noptions ndots:5 rotate use-vc\n"


def test_pods_get_the_servers_and_no_more(files: HostFiles) -> None:
    files.write(CONF, HOSTS)
    assert files.resolver("write").returncode == 0
    lines = files.pods.read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["nameserver 192.0.2.53"]
    assert files.pods.stat().st_mode & 0o777 == 0o644


def test_a_second_time_changes_nothing(files: HostFiles) -> None:
    files.write(CONF, HOSTS)
    assert files.resolver("same").returncode != 0
    files.resolver("write")
    before = files.pods.stat().st_mtime_ns, files.pods.stat().st_ino
    assert files.resolver("write").returncode == files.resolver("same").returncode == 0
    assert (files.pods.stat().st_mtime_ns, files.pods.stat().st_ino) == before


@pytest.mark.parametrize("damage", ["", "nameserver 192.0.2.99\n", None])
def test_what_a_hand_has_changed_is_written_again(damage: str | None, files: HostFiles) -> None:
    files.write(CONF, HOSTS)
    files.resolver("write")
    right = files.pods.read_text()
    files.pods.unlink() if damage is None else files.pods.write_text(damage)
    assert files.resolver("same").returncode != 0
    assert files.resolver("write").returncode == 0 and files.pods.read_text() == right


def test_a_link_in_its_place_is_replaced_and_its_target_stays(files: HostFiles) -> None:
    files.write(CONF, HOSTS)
    files.pods.symlink_to(files.root / "etc/resolv.conf")
    assert files.resolver("write").returncode == 0
    assert not files.pods.is_symlink() and (files.root / "etc/resolv.conf").read_text() == HOSTS


def test_the_last_servers_stay_while_the_host_has_none(files: HostFiles) -> None:
    """As in a boot before the first lease."""
    files.write(CONF, HOSTS)
    files.resolver("write")
    right = files.pods.read_text()
    files.write(CONF, "nameserver 127.0.0.53\n")
    assert files.resolver("write").returncode == files.resolver("same").returncode == 0
    assert files.pods.read_text() == right


def running_dns(files: HostFiles, servers: str, process: str = "coredns", group: str = "kubepods") -> Path:
    """The cluster's DNS, as a process with the resolv.conf that its pod was made with."""
    files.write("/proc/77/comm", f"{process}\n")
    files.write("/proc/77/cgroup", f"0::/{group}/besteffort/pod7/x\n")
    has = files.write("/proc/77/root/etc/resolv.conf", servers)
    os.utime(has, (1, 1))
    return has


def test_the_clusters_dns_is_made_again_when_the_servers_have_changed(files: HostFiles) -> None:
    files.write(CONF, HOSTS)
    files.resolver("write")
    has = running_dns(files, "nameserver 192.0.2.53\n")
    assert files.resolver().returncode == 0
    assert "k3s" not in files.calls.read_text()
    files.write(CONF, "nameserver 192.0.2.54\n")
    files.tool("k3s", "exit 1")  # Kubernetes does not answer yet: systemd starts the service again
    assert files.resolver().returncode != 0
    files.tool("k3s")
    assert files.resolver().returncode == 0
    kicked = files.calls.read_text().count("k3s kubectl delete pod -n kube-system -l k8s-app=kube-dns")
    assert kicked == 2
    has.write_text(files.pods.read_text())
    files.resolver()
    assert files.calls.read_text().count("delete pod") == kicked


@pytest.mark.parametrize(("process", "group"), [("coredns", "system.slice"), ("unbound", "kubepods")])
def test_other_programs_are_left_alone(process: str, group: str, files: HostFiles) -> None:
    files.write(CONF, HOSTS)
    running_dns(files, "nameserver 192.0.2.1\n", process, group)
    assert files.resolver().returncode == 0
    assert "k3s" not in files.calls.read_text()


def test_a_new_pod_with_other_servers_is_not_made_again_for_ever(files: HostFiles) -> None:
    files.write(CONF, HOSTS)
    files.resolver("write")
    has = running_dns(files, "nameserver 192.0.2.1\n")
    later = files.pods.stat().st_mtime + 5
    os.utime(has, (later, later))
    assert files.resolver().returncode == 0
    assert "k3s" not in files.calls.read_text()


def test_k3s_is_given_the_file_and_it_is_there_before_k3s_starts(context: Context) -> None:
    texts = {file.path: file.content for file in k3s.files(context)}
    assert f'resolv-conf: "{paths.POD_RESOLV_CONF}"' in texts[paths.K3S_CONFIG]
    unit = texts[paths.unit_path(paths.K3S_UNIT)]
    before = unit.index(f"ExecStartPre=-/bin/sh {paths.RESOLVER} write")
    assert before < unit.index("ExecStart=/usr") < unit.index(f"ExecStartPost=-/bin/sh {paths.RESOLVER}\n")


def test_builds_get_no_search_domain_at_all(context: Context) -> None:
    from binder_singlenode.config.secrets.resolve import resolve

    values = helm_values(context.host, context.sizing, context.release, resolve(context.host))
    assert "--dns-search=." in values["dind"]["daemonset"]["extraArgs"]


def test_systemd_reads_the_units(context: Context, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze: apt-get install systemd")
    for file in resolver.files(context)[1:]:
        (tmp_path / file.path.rpartition("/")[2]).write_text(file.content)
    done = subprocess.run(
        ["systemd-analyze", "--man=no", "verify", str(tmp_path / paths.RESOLVER_UNIT)],
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if "binder-resolver" in line]
    assert done.returncode == 0 and not ours, done.stderr
