"""What a host answers to the checks' commands when everything is as it should be."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

GIB = 2**30


def pem(days: float) -> str:
    """A certificate that ends in so many days."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "k3s")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(
        name, name, key.public_key(), 1, now - timedelta(9999), now + timedelta(days)
    )
    return made.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()


NODE = {
    "metadata": {"name": "binder"},
    "spec": {},
    "status": {
        "allocatable": {"memory": f"{7 * 2**20}Ki", "pods": "110"},
        "conditions": [{"type": "Ready", "status": "True"}],
    },
}
KUBELET = {
    "kubeletconfig": {
        "maxPods": 110,
        "evictionHard": {"memory.available": str(500 * 2**20)},
        "imageGCHighThresholdPercent": 78,
    }
}
DEPLOYMENT = {
    "kind": "Deployment",
    "metadata": {"name": "hub", "generation": 1},
    "spec": {"replicas": 1},
    "status": {"readyReplicas": 1, "updatedReplicas": 1, "observedGeneration": 1},
}
POD: dict[str, Any] = {
    "metadata": {
        "name": "jupyter-x",
        "namespace": "binder",
        "annotations": {"hub.jupyter.org/username": "x"},
    },
    "spec": {
        "containers": [
            {
                "image": "i",
                "resources": {"requests": {"memory": str(GIB)}, "limits": {"memory": str(2 * GIB)}},
                "env": [
                    {"name": "MEM_GUARANTEE", "value": str(GIB)},
                    {"name": "MEM_LIMIT", "value": str(2 * GIB)},
                ],
            }
        ]
    },
    "status": {"phase": "Running"},
}
RUNNING = "ActiveState=active\nUnitFileState=enabled\n"
DF = f"Filesystem 1B-blocks Used Available Use% Mounted\n/dev/vda {100 * GIB} 0 {50 * GIB} 50% /\n"
NFT = """table inet binder_singlenode {
	chain input {
		type filter hook input priority -10; policy accept;
		tcp dport { 2379-2380, 5000-5001, 6443-6444, 10248-10259 } drop
		udp dport { 8472, 51820-51821 } drop
	}
}
"""
MODES = (
    "600 root /etc/binder-singlenode/values.yaml\n600 root /etc/rancher/k3s/k3s.yaml\n600 root /node-token\n"
)
RECORDED = "was\tbinder-entry.yaml\t#\tdigest"
USE = "1700000000 images=1 registry=1 build-cache=1 logs=1 state=1\n"
BUDGET = "".join(f"{name}_BYTES=100\n" for name in ("IMAGES", "REGISTRY", "BUILD_CACHE", "LOGS", "STATE"))
JOURNAL = "# ours\n[Journal]\nSystemMaxUse=7\nMaxRetentionSec=30day\n"


def log_lines(days: float) -> str:
    """The first lines of all logs, begun so many days ago."""
    at = datetime.now(UTC) - timedelta(days)
    request = json.dumps({"level": "info", "ts": at.timestamp()}, separators=(",", ":"))
    container = f"{at.strftime('%Y-%m-%dT%H:%M:%S')}.123456789+00:00 stdout F hello"
    return (
        f"/var/log/binder-singlenode/access.log {request}\n/var/log/pods/a/b/0.log {container}\n"
        f"journal {at.timestamp()} host kernel: x\n"
    )


NAMES = """coredns\t192.0.2.53 \t\t0
dockerd\t10.43.0.10 \tbinder.svc.cluster.local svc.cluster.local cluster.local example.org \t1
binderhub\t10.43.0.10 \tbinder.svc.cluster.local svc.cluster.local cluster.local \t0
file\t192.0.2.53\x20
same
"""
LOG_LINES = log_lines(29)


def items(*objects: dict[str, Any]) -> str:
    """A list as kubectl prints it."""
    return json.dumps({"items": list(objects)})


def good_host() -> list[list[Any]]:
    """fake_ssh.py's table: [pattern, exit code, output, error output]."""
    good = [
        (r"##binder cluster", f"##binder cluster\nanswered\n{RECORDED}\n"),
        (
            r"##binder drop_ins",
            "##binder drop_ins\n/etc/systemd/system/k3s.service.d/a.conf:Environment=A=b\n",
        ),
        (r"^systemctl show", RUNNING),
        (r"cat \S*sysctl.d", "# ours\nnet.ipv4.ip_forward = 1\nkernel.x = 1 2\n"),
        (r"^sysctl -n", "1\n1\t2\n"),
        (r"cat \S*modules-load.d", "# ours\noverlay\nbr_netfilter\n"),
        (r"cat /proc/modules", "overlay 1 0 - Live\n"),
        (r"cat /lib/modules", "kernel/net/bridge/br_netfilter.ko\n"),
        (r"^.?wanted=.*nft -s list", ""),
        (r"^nft list", NFT),
        (r"configz", json.dumps(KUBELET)),
        (r"^stat ", MODES),
        (r"^date ", "@now@\n"),
        (r"^df -PB1", DF),
        (r"^df -Pi", "Filesystem Inodes IUsed IFree IUse% Mounted\n/dev/vda 1000 1 999 1% /\n"),
        (r"^for each in", f"file /tls/a.crt\n{pem(300)}file /tls/b.crt\n{pem(3000)}"),
        (r"ExecMainExitTimestamp", ""),
        (r"^systemctl show -p Result .*binder-clean", "success\n"),
        (r"^journalctl -u binder-clean", "registry: dropped i-a\n"),
        (r"^ls -A .*checks", ""),
        (r"^tail .*disk-use", USE),
        (r"^cat .*disk-budget", BUDGET),
        (r"journald.conf", JOURNAL),
        (r"get nodes -o json", items(NODE)),
        (r"get node binder", json.dumps(NODE)),
        (r"get deployments", items(DEPLOYMENT)),
        (r"get pods -A", items()),
        (r"^curl ", "200"),
        (r"dns-search", NAMES),
        (r"get secrets", "9 superseded\n10 deployed\n"),
        (r"test -[eS] ", ""),
        (r"get pods -n binder -l", items(POD)),
        (r"launches-", ""),
        (r"^for file in", LOG_LINES),
        (r"^for pod in", ""),
        (r"get persistentvolumeclaims", items()),
    ]
    return [[pattern, 0, out, ""] for pattern, out in good]
