"""Shell around helm: clean up after a killed run, upgrade, and on failure print the reasons and roll back.

Helm's own --rollback-on-failure removes the pods before anyone can see what was wrong with them. So this
script prints the reasons first and then rolls back itself. A release that never worked is left as it is:
there is nothing to roll back to, its pods can be inspected, and the next run upgrades it.
"""

import shlex

from binder_singlenode.cluster.kubectl import KUBECTL, trouble
from binder_singlenode.deploy.facts import applied
from binder_singlenode.deploy.facts.edited import Edited
from binder_singlenode.deploy.operations import take_back
from binder_singlenode.layout import paths

TIMEOUT_S = 1200
"""Long enough to pull the images on a slow connection or an emulated machine."""
LOCK_LIMIT_S = 1500
APPLIER = "helm"
"""Field manager under which Helm applies objects."""
FORCE = "--server-side=true --force-conflicts"
"""Take back fields that somebody has set in the cluster; Helm would otherwise fail, in each run and also when
it rolls back. `--server-side` is needed for a release that Helm 3 or `--server-side=false` has made."""
UNFINISHED = "pending-install,pending-upgrade,pending-rollback,uninstalling"


def upgrade_script(name: str, namespace: str, label: str, edited: tuple[Edited, ...] = ()) -> str:
    """The complete script. A lock makes it wait for a helm that still runs after a lost connection."""
    taken_back = "".join(f"{command} || exit 1; " for command in take_back.commands(edited, APPLIER))
    return (
        f"export KUBECONFIG={paths.K3S_KUBECONFIG}; umask 077; exec 9>{paths.HELM_LOCK};"
        f" flock -w {LOCK_LIMIT_S} 9 || {{ echo another helm still runs on this host >&2; exit 1; }};"
        f" {_heal(name, namespace)}; {taken_back}{applied.forget(paths.RELEASE_OBJECTS)};"
        f" {_upgrade(name, namespace, label)}; {_remember(name, namespace)}"
    )


def _heal(name: str, namespace: str) -> str:
    """Delete the records of unfinished revisions. This script holds the lock, so the run that made them was
    killed. Their objects stay: they carry the release's name, so the upgrade takes them over."""
    selector = shlex.quote(f"owner=helm,name={name},status in ({UNFINISHED})")
    return f"{KUBECTL} delete secret -n {namespace} -l {selector} --ignore-not-found >/dev/null || exit 1"


def _upgrade(name: str, namespace: str, label: str) -> str:
    helm = (
        f"{paths.HELM} upgrade --install {name} {paths.CHART} -n {namespace} --create-namespace"
        f" -f {paths.VALUES} --labels binder-digest={label} --history-max 5 {FORCE} --wait"
        f" --timeout {TIMEOUT_S}s"
    )
    return (
        f"{helm} >/dev/null || {{ {{ {trouble(namespace)}; {_roll_back(name, namespace)}; }} >&2; exit 1; }}"
    )


def _roll_back(name: str, namespace: str) -> str:
    """Roll back to the newest revision that worked, if there is one."""
    last = (
        f"{KUBECTL} get secret -n {namespace} -l owner=helm,name={name},status=deployed"
        " -o jsonpath='{.items[-1:].metadata.labels.version}' 2>/dev/null"
    )
    return (
        f'last=$({last}); if [ -n "$last" ]; then echo "Rolling back to revision $last.";'
        f" {paths.HELM} rollback {name} $last -n {namespace} {FORCE} --wait --timeout {TIMEOUT_S}s >/dev/null"
        " || echo 'The rollback failed too.'; fi"
    )


def _remember(name: str, namespace: str) -> str:
    """Save the release's objects and record them as they are now, so that the next run notices one that is
    gone or was edited. The first line has the namespace of objects that name none."""
    new = f"{paths.RELEASE_OBJECTS}.new"
    manifest = f"echo '# namespace {namespace}' && {paths.HELM} get manifest {name} -n {namespace}"
    saved = f"{{ {manifest}; }} > {new} && mv -f {new} {paths.RELEASE_OBJECTS}"
    return f"{saved} && {applied.record(paths.RELEASE_OBJECTS, KUBECTL)}"
