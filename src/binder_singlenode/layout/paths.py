"""Paths and unit names on a host. Each step (deploy/steps) declares which of them it creates and leaves."""

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
"""For each home: a file with its file system, and the folder where it is mounted."""
MARK = f"{VAR}/ours"
"""While this file exists, the folders of k3s and kubelet belong to binder-singlenode: `down` removes them.
It is created before and deleted after them. The notes cannot show this: `down --keep-data` removes notes."""
WRITTEN_BY = "Written by binder-singlenode"
"""In the first line of every unit file of binder-singlenode."""
LOCK = f"{VAR}/lock"
HELM_LOCK = f"{VAR}/helm.lock"

K3S = "/usr/local/bin/k3s"
HELM = "/usr/local/bin/helm"
CADDY = "/usr/local/bin/caddy"

SYSCTL = "/etc/sysctl.d/90-binder-singlenode.conf"
SYSCTL_AGAIN = "/etc/systemd/system/systemd-sysctl.service.d/binder-singlenode.conf"
MODULES = "/etc/modules-load.d/binder-singlenode.conf"

CLEAN_FOLDER = f"{ETC}/clean"
CLEAN = f"{CLEAN_FOLDER}/clean"
CLEAN_REGISTRY = f"{CLEAN_FOLDER}/clean-registry"
CLEAN_BUILDER = f"{CLEAN_FOLDER}/clean-builder"
MEND_IMAGES = f"{CLEAN_FOLDER}/mend-images"
DISK_BUDGET = f"{CLEAN_FOLDER}/disk-budget.env"
CLEAN_UNIT = "binder-clean.service"
CLEAN_TIMER = "binder-clean.timer"
POWER_CUT = f"{CLEAN_FOLDER}/power-cut"
POWER_CUT_UNIT = "binder-power-cut.service"
RUNNING = f"{VAR}/running"
"""Exists from boot to shutdown; found at a boot, it says that there was no shutdown."""
CHECKS = f"{VAR}/checks"
"""After a boot without a shutdown: a file for each store that is still to be checked."""
CLEAN_WORK = "/run/binder-clean"
JOURNALD = "/etc/systemd/journald.conf.d/binder-singlenode.conf"
JOURNALD_UNIT = "systemd-journald.service"

PROXY_ENVIRONMENT = f"{ETC}/proxy.env"

TRUST = f"{VAR}/trust"
TRUSTED_BUNDLE = f"{TRUST}/roots.pem"
TRUSTING_RUNC = f"{TRUST}/runc"
TRUSTED_ROOTS = "/usr/local/share/ca-certificates/binder-singlenode.crt"
TRUST_HOOK = "/etc/ca-certificates/update.d/binder-singlenode"
TRUST_NOTE = "trusted-roots"
"""Name of the note with the digest of the roots that the host trusts."""
RESOLVER = f"{ETC}/resolver.sh"
POD_RESOLV_CONF = f"{ETC}/resolv.conf"
"""The resolver of pods: kubelet reads it for each new pod."""
RESOLVER_SERVICE = "binder-resolver.service"
RESOLVER_UNIT = "binder-resolver.path"

FIREWALL_RULES = f"{ETC}/firewall.nft"
FIREWALL_TABLE = "binder_singlenode"
FIREWALL_UNIT = "binder-firewall.service"
FIREWALL_GUARD = "binder-firewall-undo"
"""Name of the timer that takes unproved rules back, and of its files in /run."""

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
APPLIED = f"{VAR}/applied"
"""For each file of Kubernetes objects: these objects as they were right after it was applied."""
IMPORTED = f"{APPLIED}/imported-images"
"""Names of the images from the bundle's archives, after a line with the digest of these archives."""

CADDYFILE = f"{ETC}/Caddyfile"
MEND_STORAGE = f"{ETC}/mend-storage.sh"
TLS_CERTIFICATE = f"{ETC}/tls-certificate.pem"
TLS_KEY = f"{ETC}/tls-key.pem"
ACME_ROOT = f"{ETC}/acme-root.pem"
ENTRY_UNIT = "binder-entry.service"
ENTRY_USER = "binder-entry"
ACME_TRIAL = "acme-trial"
"""Name of the note that the test with the ACME staging directory has passed."""
ACME_TRIAL_UNIT = "binder-acme-trial.service"
ENTRY_STATE = "/var/lib/binder-entry"
OWN_CA_ROOT = f"{ENTRY_STATE}/caddy/pki/authorities/local/root.crt"
MAINTENANCE = f"{VAR}/maintenance"
"""The entry is closed while the maintenance page is in this folder."""
MAINTENANCE_PAGE = f"{MAINTENANCE}/page.html"
MAINTENANCE_ANSWER = f"{MAINTENANCE}/answer.json"
ACCESS_LOG = f"{LOG}/access.log"
AUDIT_LOG = f"{LOG}/audit.log"
LAUNCH_ARCHIVE = f"{LOG}/launches"
"""The same path on the host and in the binder pod."""
POD_LOGS = "/var/log/pods"
CONTAINER_LOGS = "/var/log/containers"
"""The kubelet's symbolic links into POD_LOGS."""

FORGET = f"{ETC}/forget.sh"
FORGETTING = f"{VAR}/forgetting"
SYSTEM_LOGS = tuple(
    f"/var/log/{name}"
    for name in ("auth.log", "daemon.log", "debug", "kern.log", "messages", "syslog", "user.log")
)
"""rsyslog, as configured by Debian and Ubuntu, copies log messages of sshd, firewall and entry to these."""
PIN = f"{ETC}/pin.sh"
UPKEEP_SERVICE = "binder-upkeep.service"
UPKEEP_TIMER = "binder-upkeep.timer"


def unit_path(unit: str) -> str:
    """Path of a unit file of binder-singlenode."""
    return f"/etc/systemd/system/{unit}"


def stamp_path(name: str) -> str:
    """Path of the note about an installed file or a running unit; `name` is the name of the file or unit."""
    return f"{INSTALLED}/{name}"


def version_path(name: str) -> str:
    """Path of the note about the installed version of a file, for people and to prevent downgrades."""
    return stamp_path(f"{name}.version")


# Folders of the shares of the disk budget; STATE is the rest of k3s' folder, and the kubelet's folder.
SHARES = {
    Share.IMAGES: (f"{K3S_DATA}/agent/containerd",),
    Share.REGISTRY: (REGISTRY_DATA,),
    # With the shared store, the build cache has no separate folder: its layers are stored with the images.
    Share.BUILD_CACHE: (image_store.BUILDER_FOLDERS["registry"],),
    Share.LOGS: ("/var/log",),
    Share.STATE: (f"{K3S_DATA}/server", f"{K3S_DATA}/storage", f"{K3S_DATA}/data", KUBELET_DATA),
}
