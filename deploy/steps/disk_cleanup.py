"""Keep the disk within its budget: a timer that cleans registry and builder, and limits for the journal.

It is a systemd timer of the host, not a CronJob: on a full disk Kubernetes starts no pod.
"""

from collections.abc import Generator
from posixpath import basename

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from binder_singlenode.base.render import render
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.facts.host_state import look
from binder_singlenode.deploy.operations.files import (
    File,
    ensure_file,
    ensure_folder,
    is_as_wanted,
    sha256_of_notes,
)
from binder_singlenode.deploy.operations.services import Service, ensure_service, write_note
from binder_singlenode.deploy.step import Leaves, Place, step
from binder_singlenode.layout import paths
from binder_singlenode.layout.image_store import BUILDER_FOLDERS, CONTAINERD_SOCKET_FOLDER
from binder_singlenode.layout.names import DIND_SOCKET
from binder_singlenode.layout.system import BUILD_MAX_AGE_S
from binder_singlenode.sizing.disk import FULL_FREE_PERCENT

GRACE_S = BUILD_MAX_AGE_S + 600
"""The longest time of a build, plus the time it takes to end. Data that was not read or written for this long
belongs to no running push."""

CHECKED_STORES = ("registry", "images")
"""Stores that a cleaning round checks as a whole after a boot without a shutdown."""


def files(context: Context) -> tuple[File, ...]:
    """Scripts, budget, service and timer."""
    unit = paths.CLEAN_TIMER
    run = render(
        "disk_cleanup/binder-clean.service.j2",
        budget=paths.DISK_BUDGET,
        clean=paths.CLEAN,
        work=basename(paths.CLEAN_WORK),
    )
    return (
        File(
            paths.CLEAN,
            render("disk_cleanup/disk-cleanup.sh.j2", unit=paths.CLEAN_UNIT),
            mode="700",
            unit=unit,
        ),
        File(paths.CLEAN_REGISTRY, render("disk_cleanup/prune-registry.sh.j2"), mode="700", unit=unit),
        File(paths.CLEAN_BUILDER, render("disk_cleanup/prune-builder.sh.j2"), mode="700", unit=unit),
        File(paths.MEND_IMAGES, render("disk_cleanup/mend-images.sh.j2"), mode="700", unit=unit),
        File(paths.DISK_BUDGET, budget(context), unit=unit),
        File(paths.unit_path(paths.CLEAN_UNIT), run, unit=unit),
        File(paths.unit_path(unit), render("disk_cleanup/binder-clean.timer.j2"), unit=unit),
        *power_cut_files(),
    )


def budget(context: Context) -> str:
    """Text of disk-budget.env, which the scripts and `status` read."""
    disk = context.sizing.disk
    shares = [
        (share.upper().replace("-", "_"), " ".join(places), disk.bytes_of(share))
        for share, places in paths.SHARES.items()
    ]
    return render(
        "disk_cleanup/disk-budget.env.j2",
        shares=shares,
        grace_s=GRACE_S,
        full_free_percent=FULL_FREE_PERCENT,
        docker_socket=DIND_SOCKET,
        pins=paths.PINS,
        disk_use=paths.DISK_USE,
        checks=paths.CHECKS,
        containerd_socket=f"{CONTAINERD_SOCKET_FOLDER}/containerd.sock",
        archives=paths.IMAGES,
    )


def power_cut_files() -> tuple[File, ...]:
    """The unit that notices a boot without a shutdown, and its script."""
    script = render(
        "disk_cleanup/power-cut.sh.j2",
        running=paths.RUNNING,
        checks=paths.CHECKS,
        stores=CHECKED_STORES,
        builder=BUILDER_FOLDERS["registry"],
        logs=(paths.ACCESS_LOG, paths.AUDIT_LOG, f"{paths.LAUNCH_ARCHIVE}/*"),
    )
    text = render("disk_cleanup/binder-power-cut.service.j2", var=paths.VAR, script=paths.POWER_CUT)
    return (
        File(paths.POWER_CUT, script, mode="700", unit=paths.CLEAN_TIMER),
        File(paths.unit_path(paths.POWER_CUT_UNIT), text, unit=paths.CLEAN_TIMER),
    )


def power_cut(_context: Context) -> Service:
    """The unit that notices a boot without a shutdown."""
    return Service(paths.POWER_CUT_UNIT, power_cut_files())


def journald(context: Context) -> File:
    """Limits of the journal's size and age."""
    text = render("disk_cleanup/journald.conf.j2", max_use_bytes=context.sizing.disk.journal_bytes)
    return File(paths.JOURNALD, text, unit=paths.JOURNALD_UNIT)


def journald_digest(context: Context) -> str:
    """Digest of the limits, noted when journald restarts."""
    return sha256_of_notes(journald(context).sha256)


def service(context: Context) -> Service:
    """The timer."""
    return Service(paths.CLEAN_TIMER, files(context))


@step(
    "cleaning",
    Place("folder", paths.CLEAN_FOLDER, mode="700"),
    Place("file", paths.CLEAN, "one round of cleaning: the next three, and the record of disk use"),
    Place("file", paths.CLEAN_REGISTRY, "deletes the least recently used images"),
    Place("file", paths.CLEAN_BUILDER, "prunes the builder's images and cache"),
    Place("file", paths.MEND_IMAGES, "removes the kubelet's images that a power cut has damaged"),
    Place("file", paths.DISK_BUDGET, "the shares of the disk, in bytes"),
    Place("file", paths.unit_path(paths.CLEAN_UNIT), "runs a round"),
    Place("file", paths.unit_path(paths.CLEAN_TIMER), "every ten minutes"),
    Place("file", paths.POWER_CUT, "notes at a boot that there was no shutdown before it"),
    Place("file", paths.unit_path(paths.POWER_CUT_UNIT), "runs it at boot and at shutdown"),
    Place("grown", paths.RUNNING, "exists from boot to shutdown"),
    Place("grown", paths.CHECKS, "after a boot without a shutdown: what is still to be checked"),
    Place("grown", paths.CLEAN_WORK, "a round's own files"),
    Place("file", paths.JOURNALD, "the journal's size, and thirty days"),
    Place("grown", paths.DISK_USE, "the record of disk use: two weeks, one line every ten minutes"),
    leaves=Leaves(units=(paths.CLEAN_TIMER, paths.POWER_CUT_UNIT), passing_units=(paths.CLEAN_UNIT,)),
)
def cleaning(context: Context) -> None:
    """Apply the journal's limits, then set up scripts and timer; the first round starts at once."""
    limits = journald(context)
    ensure_file(name=f"Write {limits.path}", file=limits)
    ensure_journal(name="Apply the journal's limits", limits=limits, digest=journald_digest(context))
    ensure_folder(name=f"Make {paths.CLEAN_FOLDER}", path=paths.CLEAN_FOLDER, mode="700")
    for file in files(context):
        ensure_file(name=f"Write {file.path}", file=file)
    ensure_service(name="Start the timer", service=service(context))
    ensure_service(name="Notice power cuts", service=power_cut(context))


@operation()
def ensure_journal(limits: File, digest: str) -> Generator[StringCommand, None, None]:
    """Restart journald when its limits have changed; no log line is lost."""
    seen = look(host)
    if seen.stamps().get(paths.JOURNALD_UNIT) == digest and is_as_wanted(seen, limits):
        return
    yield StringCommand(
        f"systemctl restart {paths.JOURNALD_UNIT} && {write_note(paths.JOURNALD_UNIT, digest)}"
    )
    seen.forget("stamps")
