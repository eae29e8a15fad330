"""What `up` wants of a host, as plain data: the peer's playbook is given the very same wishes.

Made by the tool's own code from the same host file, bundle and machine; nothing is written down twice.
"""

import re
import sys
from pathlib import Path
from typing import Any

from binder_singlenode.deploy import steps
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.facts import survey
from binder_singlenode.deploy.operations.binaries import Installed
from binder_singlenode.deploy.operations.files import File
from binder_singlenode.deploy.operations.services import Service
from binder_singlenode.deploy.steps import disk_cleanup, entry, helm, homes, k3s, registry, release
from binder_singlenode.layout import image_store, paths, system
from binder_singlenode.layout.names import RELEASE
from binder_singlenode.provision import workflow
from binder_singlenode.provision.targets import Target
from binder_singlenode.ssh.login import Asking


def context_of(target: Target, bundle: Path) -> Context:
    """The desired state, computed as `up` does; only the host's size and architecture are asked for."""
    nobody = Asking(confirm=lambda _: False, password=lambda _: None)
    with workflow.opened(target, nobody) as work:
        return workflow.context_for(work, workflow.release_for(target, bundle, work.connection.arch()))


def variables(context: Context, folder: Path) -> dict[str, Any]:
    """The playbook's variables; the files' contents are written into `folder`."""
    return {
        "packages": packages(context),
        "folders": [{"path": path, **_access(mode, owner)} for path, mode, owner in folders(context)],
        "files": [_file(file, folder) for file in files(context)],
        "absent": absent(context),
        "modules_script": survey.script(["modules"]),
        "modules": list(system.KERNEL_MODULES),
        "sysctls": system.SYSCTLS,
        "firewall_table": paths.FIREWALL_TABLE if context.host.network.firewall else "",
        "entry_user": paths.ENTRY_USER,
        "entry_home": paths.ENTRY_STATE,
        "installed": paths.INSTALLED,
        "binaries": [_binary(binary) for binary in binaries(context)],
        "units": [service.unit for service in services(context)],
        "notes": [f"{paths.stamp_path(name)}:{digest}" for name, digest in digests(context).items()],
        "homes": context.host.home.users if context.host.persistent else 0,
        "homes_script": survey.script(["homes"]),
        "cluster_script": survey.script(["cluster"]),
        "cluster_patterns": _patterns(context),
    }


def _modules(context: Context) -> list[Any]:
    """The steps' modules, without those that this host file does not ask for."""
    wanted = steps.units(context.host)
    every = [sys.modules[step.module] for step in steps.in_order()]
    return [
        module for module in every if not hasattr(module, "service") or module.service(context).unit in wanted
    ]


def _has_registry(context: Context) -> bool:
    return context.host.images.store == "registry"


def packages(context: Context) -> list[str]:
    """Debian's packages."""
    return [*system.PACKAGES, *(system.HOME_PACKAGES if context.host.persistent else ())]


def folders(context: Context) -> list[tuple[str, str, str]]:
    """Path, mode and owner."""
    return [
        (place.path, place.mode, place.owner)
        for step in steps.in_order()
        if step.wanted(context.host)
        for place in step.places
        if place.kind == "folder" and place.path not in _unwanted(context)
    ]


def _unwanted(context: Context) -> list[str]:
    """Folders of features that this host file does not use."""
    registry_data = [] if _has_registry(context) else [paths.REGISTRY_DATA]
    return registry_data + ([] if context.host.trusted_roots else [paths.TRUST])


def files(context: Context) -> list[File]:
    """Those that services read, and those that only the cluster does."""
    return [
        *(file for each in _modules(context) if hasattr(each, "files") for file in each.files(context)),
        *([registry.manifest(context)] if _has_registry(context) else []),
        *([homes.manifest(context)] if context.host.persistent else []),
        release.values(context),
        entry.manifest(context),
        disk_cleanup.journald(context),
    ]


def absent(context: Context) -> list[str]:
    """What another mode of tls, or the other image store, would have left."""
    other = next(store for store in image_store.BUILDER_FOLDERS if store != context.host.images.store)
    left = [*entry.unwanted_paths(context), image_store.BUILDER_FOLDERS[other]]
    return left if _has_registry(context) else [*left, paths.REGISTRY_DATA]


def binaries(context: Context) -> list[Installed]:
    """Binaries, chart and image archives."""
    one = (k3s.binary, helm.binary, release.chart, entry.binary)
    return [*(binary(context) for binary in one), *k3s.images(context)]


def services(context: Context) -> list[Service]:
    """As the steps start them."""
    every = [module.service(context) for module in _modules(context) if hasattr(module, "service")]
    return [*every, disk_cleanup.power_cut(context)]


def digests(context: Context) -> dict[str, str]:
    """By name of the note: what each service was last started with."""
    noted = {service.unit: service.digest for service in services(context)}
    return {**noted, paths.JOURNALD_UNIT: disk_cleanup.journald_digest(context)}


def _access(mode: str, owner: str) -> dict[str, str]:
    user, _, group = owner.partition(":")
    return {"mode": mode.rjust(4, "0"), "owner": user, "group": group}


def _file(file: File, folder: Path) -> dict[str, str]:
    source = folder / file.path.strip("/").replace("/", "_")
    source.write_text(file.content)
    return {"path": file.path, "source": str(source), **_access(file.mode, file.owner)}


def _binary(binary: Installed) -> dict[str, str]:
    """`seen` is what stat says first, `note` what the note begins with; both end in the file's identity."""
    note = f"{paths.stamp_path(binary.note_name)}:{binary.artifact.sha256}"
    return {"path": binary.path, "seen": f"{binary.path} {binary.mode} root:root", "note": note}


def _patterns(context: Context) -> list[str]:
    """What the cluster's answer must hold: see deploy/facts/survey.py for its columns."""
    namespace = re.escape(context.namespace)
    revision = rf"sh\.helm\.release\.v1\.{RELEASE}\.v\d+"
    rolled_out = r"[^\t]*\t(\d+)\t\1\t(\d+)\t\2/\2"
    registry_line = (
        rf"Deployment\t{namespace}\t{registry.DEPLOYMENT}\t{registry.digest(context)}\t{rolled_out}"
    )
    lines = (
        "answered",
        "complete",
        rf"Node\t\t{re.escape(context.node_name)}\t[^\t]*\tTrue\t.*",
        *([registry_line] if _has_registry(context) else []),
        rf"Secret\t{namespace}\t{revision}\t{release.digest(context)}\tdeployed\t.*",
    )
    return [f"(?m)^{line}$" for line in lines]
