"""What `down` ends: mounts, firewall rules and ipsets."""

import subprocess
from pathlib import Path

from binder_singlenode.deploy.removal import ipsets, scripts

from .conftest import Run, Tool


class TestDown:
    def test_what_is_mounted_is_listed_innermost_first(self) -> None:
        script = scripts.mounted().replace("/proc/self/mounts", "/dev/stdin")
        lines = [
            "/",
            "/run/k3s/a",
            "/run/k3s/a/b",
            "/var/lib/kubelet/pods/x",
            "/run/k3sother",
            "/home",
            "/run/netns/cni-1",
        ]
        text = "".join(f"dev {line} type opts 0 0\n" for line in lines)
        done = subprocess.run(["sh", "-c", script], input=text, capture_output=True, text=True, check=True)
        assert done.stdout.split() == [
            "/var/lib/kubelet/pods/x",
            "/run/netns/cni-1",
            "/run/k3s/a/b",
            "/run/k3s/a",
        ]

    def test_foreign_iptables_rules_survive(self, run: Run, tool: Tool, tmp_path: Path) -> None:
        kept = tmp_path / "kept"
        tool(
            "iptables-save",
            "printf '%s\\n' '*nat' ':KUBE-SERVICES -' '-A KUBE-SVC x' '-A INPUT -s 1.2.3.4' COMMIT",
        )
        tool("iptables-restore", f"cat > {kept}")
        tool("ip6tables-save", "echo COMMIT")
        tool("ip6tables-restore", "cat >/dev/null")
        assert run(scripts.chains_script()).returncode == 0
        assert kept.read_text().splitlines() == ["*nat", "-A INPUT -s 1.2.3.4", "COMMIT"]

    def test_a_set_in_use_is_tried_again_and_foreign_ones_stay(
        self, run: Run, tool: Tool, tmp_path: Path
    ) -> None:
        sets, busy = tmp_path / "sets", tmp_path / "busy"
        sets.write_text("blocked\nKUBE-SRC-F5GFMQ3GHZSXUMGB\ninet6:KUBE-DST-7PMAW7WNYMMPWPLJ\n")
        busy.touch()
        free = f'if [ -e {busy} ]; then rm {busy}; exit 1; fi; sed -i "/^$2$/d" {sets}'
        tool("ipset", f"if [ $1 = list ]; then cat {sets}; else {free}; fi")
        assert run(ipsets.destroy_script()).returncode == 0
        assert sets.read_text() == "blocked\n"
