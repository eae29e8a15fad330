"""Names of paths and units on a host. What a step places and leaves stands in the step (deploy/steps)."""

from __future__ import annotations

from binder_singlenode.layout import image_store
from binder_singlenode.layout.shares import Share

ETC = "/etc/binder-singlenode"
VAR = "/var/lib/binder-singlenode"
LOG = "/var/log/binder-singlenode"
INSTALLED = f"{VAR}/installed"
STAGING = f"{VAR}/staging"
REGISTRY_DATA = f"{VAR}/registry"
PINS = f"{VAR}/pins"
PINS_LOCK = f"{PINS}.lock"
DISK_USE = f"{VAR}/disk-use"
HOMES = f"{VAR}/homes"
"""Of each home a file with a file system, and the folder where it is mounted."""
MARK = f"{VAR}/ours"
"""While it is there, what k3s and kubelet keep in folders of their own names is ours, and `down`'s to remove:
it comes before any of that, and goes after it. The notes are no mark: `down --keep-data` removes them."""
WRITTEN_BY = "Written by binder-singlenode"
"""In the first line of every unit of ours."""
LOCK = f"{VAR}/lock"
HELM_LOCK = f"{VAR}/helm.lock"

K3S = "/usr/local/bin/k3s"
HELM = "/usr/local/bin/helm"
CADDY = "/usr/local/bin/caddy"

SYSCTL = "/etc/sysctl.d/90-binder-singlenode.conf"
MODULES = "/etc/modules-load.d/binder-singlenode.conf"

CLEAN_FOLDER = f"{ETC}/clean"
CLEAN = f"{CLEAN_FOLDER}/clean"
CLEAN_REGISTRY = f"{CLEAN_FOLDER}/clean-registry"
CLEAN_BUILDER = f"{CLEAN_FOLDER}/clean-builder"
DISK_BUDGET = f"{CLEAN_FOLDER}/disk-budget.env"
CLEAN_UNIT = "binder-clean.service"
CLEAN_TIMER = "binder-clean.timer"
JOURNALD = "/etc/systemd/journald.conf.d/binder-singlenode.conf"
JOURNALD_UNIT = "systemd-journald.service"

PROXY_ENVIRONMENT = f"{ETC}/proxy.env"

FIREWALL_RULES = f"{ETC}/firewall.nft"
FIREWALL_TABLE = "binder_singlenode"
FIREWALL_UNIT = "binder-firewall.service"

K3S_DATA = "/var/lib/rancher/k3s"
K3S_CONFIG = "/etc/rancher/k3s/config.yaml"
K3S_REGISTRIES = "/etc/rancher/k3s/registries.yaml"
K3S_KUBECONFIG = "/etc/rancher/k3s/k3s.yaml"
KUBELET_DROP_IN = f"{K3S_DATA}/agent/etc/kubelet.conf.d/99-binder.conf"
IMAGES = f"{K3S_DATA}/agent/images"
MANIFESTS = f"{K3S_DATA}/server/manifests"
K3S_UNIT = "k3s.service"
KUBELET_DATA = "/var/lib/kubelet"

NAMESPACE_MANIFEST = f"{MANIFESTS}/binder-namespace.yaml"
REGISTRY_MANIFEST = f"{MANIFESTS}/binder-registry.yaml"
POLICY_MANIFEST = f"{MANIFESTS}/binder-policies.yaml"
ENTRY_MANIFEST = f"{MANIFESTS}/binder-entry.yaml"

HOMES_MANIFEST = f"{MANIFESTS}/binder-homes.yaml"
HOMES_SCRIPT = f"{ETC}/homes.sh"
HOMES_UNIT = "binder-homes.service"

CHART = f"{ETC}/chart.tgz"
VALUES = f"{ETC}/values.yaml"
RELEASE_OBJECTS = f"{ETC}/release-objects.yaml"

CADDYFILE = f"{ETC}/Caddyfile"
TLS_CERTIFICATE = f"{ETC}/tls-certificate.pem"
TLS_KEY = f"{ETC}/tls-key.pem"
ACME_ROOT = f"{ETC}/acme-root.pem"
ENTRY_UNIT = "binder-entry.service"
ENTRY_USER = "binder-entry"
ACME_TRIAL = "acme-trial"
"""The note of the trial that was passed."""
ACME_TRIAL_UNIT = "binder-acme-trial.service"
ENTRY_STATE = "/var/lib/binder-entry"
OWN_CA_ROOT = f"{ENTRY_STATE}/caddy/pki/authorities/local/root.crt"
MAINTENANCE = f"{VAR}/maintenance"
"""The entry is closed while its page is there."""
MAINTENANCE_PAGE = f"{MAINTENANCE}/page.html"
MAINTENANCE_ANSWER = f"{MAINTENANCE}/answer.json"
ACCESS_LOG = f"{LOG}/access.log"
AUDIT_LOG = f"{LOG}/audit.log"
LAUNCH_ARCHIVE = f"{LOG}/launches"
"""A folder on the host, and of the same name in the pod."""
POD_LOGS = "/var/log/pods"
CONTAINER_LOGS = "/var/log/containers"
"""The kubelet's links into those."""

FORGET = f"{ETC}/forget.sh"
FORGETTING = f"{VAR}/forgetting"
SYSTEM_LOGS = tuple(
    f"/var/log/{name}"
    for name in ("auth.log", "daemon.log", "debug", "kern.log", "messages", "syslog", "user.log")
)
"""Where rsyslog, set up as by Debian and Ubuntu, copies what sshd, the firewall and the entry say."""
PIN = f"{ETC}/pin.sh"
UPKEEP_SERVICE = "binder-upkeep.service"
UPKEEP_TIMER = "binder-upkeep.timer"


def unit_path(unit: str) -> str:
    """Where our unit file lies."""
    return f"/etc/systemd/system/{unit}"


def stamp_path(name: str) -> str:
    """The note about what is installed or running: `<name>` is a file or unit name."""
    return f"{INSTALLED}/{name}"


def version_path(name: str) -> str:
    """The note about which version of a file is installed, for people and for what must not go back."""
    return stamp_path(f"{name}.version")


# Where the shares of the disk budget lie; state is what is left of k3s' folder, and the kubelet's.
SHARES = {
    Share.IMAGES: (f"{K3S_DATA}/agent/containerd",),
    Share.REGISTRY: (REGISTRY_DATA,),
    # In the shared store the cache has no folder of its own: its layers lie among the images.
    Share.BUILD_CACHE: (image_store.BUILDER_FOLDERS["registry"],),
    Share.LOGS: ("/var/log",),
    Share.STATE: (f"{K3S_DATA}/server", f"{K3S_DATA}/storage", f"{K3S_DATA}/data", KUBELET_DATA),
}
