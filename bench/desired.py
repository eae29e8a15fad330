"""What `up` wants of a host, as plain data: the peer's playbook is given the very same wishes.

Made by the tool's own code from the same host file, bundle and machine; nothing is written down twice.
"""

import re
from pathlib import Path
from typing import Any

from binder_singlenode import workflow
from binder_singlenode.access import Asking
from binder_singlenode.deploy import entry, facts, firewall, helm, k3s, kernel, paths, registry, release
from binder_singlenode.deploy.binaries import Installed
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.files import File
from binder_singlenode.deploy.look import Look
from binder_singlenode.deploy.services import Service
from binder_singlenode.targets import Target


def context_of(target: Target, bundle: Path) -> Context:
    """The desired state, computed as `up` does; only the host's size and architecture are asked for."""
    nobody = Asking(confirm=lambda _: False, password=lambda _: None)
    with workflow.opened(target, nobody) as work:
        return workflow.context_for(work, workflow.release_for(target, bundle, work.connection.arch()))


def variables(context: Context, folder: Path) -> dict[str, Any]:
    """The playbook's variables; the files' contents are written into `folder`."""
    folders = [
        *paths.FOLDERS,
        (paths.REGISTRY_DATA, "700", "root:root"),
        (paths.LOG, "1770", f"root:{paths.ENTRY_USER}"),
    ]
    return {
        "packages": list(facts.PACKAGES),
        "folders": [{"path": path, **_access(mode, owner)} for path, mode, owner in folders],
        "files": [_file(file, folder) for file in _files(context)],
        "modules_script": facts.script(["modules"]),
        "modules": list(facts.KERNEL_MODULES),
        "sysctls": facts.SYSCTLS,
        "firewall_table": paths.FIREWALL_TABLE,
        "entry_user": paths.ENTRY_USER,
        "entry_home": paths.ENTRY_STATE,
        "installed": paths.INSTALLED,
        "binaries": [_binary(binary) for binary in _binaries(context)],
        "services": [{"unit": service.unit, "digest": service.digest} for service in _services(context)],
        "cluster_script": facts.script(["cluster"]),
        "cluster_patterns": _patterns(context),
    }


def _files(context: Context) -> list[File]:
    return [
        *kernel.files(context),
        *firewall.files(context),
        *k3s.files(context),
        *registry.files(context),
        registry.manifest(context),
        release.values(context),
        entry.manifest(context),
        *entry.files(context),
    ]


def _binaries(context: Context) -> list[Installed]:
    one = (k3s.binary, helm.binary, release.chart, entry.binary)
    return [*(binary(context) for binary in one), *k3s.images(context)]


def _services(context: Context) -> list[Service]:
    """As the steps make them."""
    return [
        Service(paths.FIREWALL_UNIT, firewall.files(context), works=Look.firewall),
        Service(paths.K3S_UNIT, k3s.files(context), (k3s.binary(context),)),
        Service(paths.ENTRY_UNIT, entry.files(context), (entry.binary(context),)),
    ]


def _access(mode: str, owner: str) -> dict[str, str]:
    user, _, group = owner.partition(":")
    return {"mode": mode.rjust(4, "0"), "owner": user, "group": group}


def _file(file: File, folder: Path) -> dict[str, str]:
    source = folder / file.path.strip("/").replace("/", "_")
    source.write_text(file.content)
    return {"path": file.path, "source": str(source), **_access(file.mode, file.owner)}


def _binary(binary: Installed) -> dict[str, str]:
    note = f"{paths.stamp_path(binary.note_name)}:{binary.artifact.sha256}"
    return {"path": binary.path, "note": note, **_access(binary.mode, "root:root")}


def _patterns(context: Context) -> list[str]:
    """What the cluster's answer must hold: see deploy/facts.py for its columns."""
    namespace = re.escape(context.namespace)
    revision = rf"sh\.helm\.release\.v1\.{release.NAME}\.v\d+"
    rolled_out = r"[^\t]*\t(\d+)\t\1\t(\d+)\t\2/\2"
    lines = (
        "answered",
        "complete",
        rf"Node\t\t{re.escape(context.node_name)}\t[^\t]*\tTrue\t.*",
        rf"Deployment\t{namespace}\t{registry.DEPLOYMENT}\t{registry.digest(context)}\t{rolled_out}",
        rf"Secret\t{namespace}\t{revision}\t{release.digest(context)}\tdeployed\t.*",
    )
    return [f"(?m)^{line}$" for line in lines]
