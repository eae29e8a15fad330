"""The shell around helm: heals what a killed run left, upgrades, and on failure says why, then rolls back.

Helm's own --rollback-on-failure removes the pods before anybody could read what was wrong with them; so the
reasons are collected first and the rollback is ours. A release that never worked is left as it is: nothing
to go back to, its pods can be looked at, and the next run upgrades it.
"""

import shlex

from binder_singlenode.cluster.kubectl import KUBECTL, trouble
from binder_singlenode.layout import paths

TIMEOUT_S = 1200
"""Pulling the images on a slow line, or an emulated machine."""
LOCK_LIMIT_S = 1500
UNFINISHED = "pending-install,pending-upgrade,pending-rollback,uninstalling"


def upgrade_script(name: str, namespace: str, label: str) -> str:
    """The whole, under a lock: a helm that outlived a broken connection is waited for, not raced."""
    return (
        f"export KUBECONFIG={paths.K3S_KUBECONFIG}; umask 077; exec 9>{paths.HELM_LOCK};"
        f" flock -w {LOCK_LIMIT_S} 9 || {{ echo another helm still runs on this host >&2; exit 1; }};"
        f" {_heal(name, namespace)}; {_upgrade(name, namespace, label)}; {_remember(name, namespace)}"
    )


def _heal(name: str, namespace: str) -> str:
    """A revision that is still "pending" belongs to a run that was killed, as the lock is ours. Its record
    goes; its objects stay, and the upgrade takes them over, as they carry the release's name."""
    selector = shlex.quote(f"owner=helm,name={name},status in ({UNFINISHED})")
    return f"{KUBECTL} delete secret -n {namespace} -l {selector} --ignore-not-found >/dev/null || exit 1"


def _upgrade(name: str, namespace: str, label: str) -> str:
    helm = (
        f"{paths.HELM} upgrade --install {name} {paths.CHART} -n {namespace} --create-namespace"
        f" -f {paths.VALUES} --labels binder-digest={label} --history-max 5 --wait --timeout {TIMEOUT_S}s"
    )
    return (
        f"{helm} >/dev/null || {{ {{ {trouble(namespace)}; {_roll_back(name, namespace)}; }} >&2; exit 1; }}"
    )


def _roll_back(name: str, namespace: str) -> str:
    """To the newest revision that worked, when there is one."""
    last = (
        f"{KUBECTL} get secret -n {namespace} -l owner=helm,name={name},status=deployed"
        " -o jsonpath='{.items[-1:].metadata.labels.version}' 2>/dev/null"
    )
    return (
        f'last=$({last}); if [ -n "$last" ]; then echo "Rolling back to revision $last.";'
        f" {paths.HELM} rollback {name} $last -n {namespace} --wait --timeout {TIMEOUT_S}s >/dev/null"
        " || echo 'The rollback failed too.'; fi"
    )


def _remember(name: str, namespace: str) -> str:
    """Keep the list of the release's objects, by which the next run sees whether one is gone; above it the
    namespace of those that name none."""
    new = f"{paths.RELEASE_OBJECTS}.new"
    manifest = f"echo '# namespace {namespace}' && {paths.HELM} get manifest {name} -n {namespace}"
    return f"{{ {manifest}; }} > {new} && mv -f {new} {paths.RELEASE_OBJECTS}"
