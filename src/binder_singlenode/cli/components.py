"""Components of a host that have a log, and the command that prints it on the host."""

from binder_singlenode.layout.paths import ACCESS_LOG, AUDIT_LOG, LAUNCH_ARCHIVE

COMPONENTS = {
    "k3s": "journalctl -u k3s",
    "entry": "journalctl -u binder-entry",
    "firewall": "journalctl -k -g binder-singlenode",
    "binder": "k3s kubectl logs -n {namespace} deployment/binder --all-containers",
    "hub": "k3s kubectl logs -n {namespace} deployment/hub --all-containers",
    "proxy": "k3s kubectl logs -n {namespace} deployment/proxy --all-containers",
    "builder": "k3s kubectl logs -n {namespace} -l component=image-builder --all-containers",
    "registry": "k3s kubectl logs -n {namespace} deployment/binder-registry --all-containers",
    "audit": f"tail {{tail}} {AUDIT_LOG}",
    "access": f"tail {{tail}} {ACCESS_LOG}",
    # the newest file (one per day); without /dev/null, tail would read stdin when there is no file
    "launches": f"cd {LAUNCH_ARCHIVE} && tail -q {{tail}} $(ls | tail -n 1) /dev/null",
}
