"""Hourly jobs: delete old visitor addresses, expire image pins."""

from binder_singlenode.base.render import render
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.operations.files import File, ensure_file
from binder_singlenode.deploy.operations.services import Service, ensure_service
from binder_singlenode.deploy.step import Leaves, Place, step
from binder_singlenode.layout import image_store, paths
from binder_singlenode.layout.names import LOG_DAYS


def files(context: Context) -> tuple[File, ...]:
    """Two scripts, and the service and timer that run them."""
    unit = paths.UPKEEP_TIMER
    forget = render(
        "retention/retention.sh.j2",
        days=LOG_DAYS,
        access_log=paths.ACCESS_LOG,
        pod_logs=paths.POD_LOGS,
        system_logs=paths.SYSTEM_LOGS,
        work=paths.FORGETTING,
        max_bytes=context.sizing.disk.access_log_bytes,
    )
    prefixes = {"registry": context.addresses.image_prefix, "shared": image_store.SHARED_PREFIX}
    (other,) = (prefix for store, prefix in prefixes.items() if store != context.host.images.store)
    pin = render("retention/pin-images.sh.j2", pins=paths.PINS, k3s=paths.K3S, other_store=other)
    run = render(
        "retention/binder-upkeep.service.j2", forget=paths.FORGET, pin=paths.PIN, sysctl=paths.SYSCTL
    )
    return (
        File(paths.FORGET, forget, unit=unit),
        File(paths.PIN, pin, unit=unit),
        File(paths.unit_path(paths.UPKEEP_SERVICE), run, unit=unit),
        File(paths.unit_path(unit), render("retention/binder-upkeep.timer.j2"), unit=unit),
    )


def service(context: Context) -> Service:
    """The timer."""
    return Service(paths.UPKEEP_TIMER, files(context))


@step(
    "upkeep",
    Place("file", paths.FORGET, "forgets visitors' addresses after 30 days, in all logs"),
    Place("file", paths.PIN, "keeps pinned images from clean-up until their time is over"),
    Place("file", paths.unit_path(paths.UPKEEP_SERVICE), "runs both"),
    Place("file", paths.unit_path(paths.UPKEEP_TIMER), "each hour"),
    Place("grown", paths.PINS, "images that cleaning leaves alone", data=True),
    Place(
        "grown", f"/var/lib/systemd/timers/stamp-{paths.UPKEEP_TIMER}", "systemd's note of when it last ran"
    ),
    Place("grown", paths.PINS_LOCK),
    Place("grown", paths.FORGETTING),
    leaves=Leaves(units=(paths.UPKEEP_TIMER,), passing_units=(paths.UPKEEP_SERVICE,)),
)
def upkeep(context: Context) -> None:
    """Write the files, then start the timer."""
    for file in files(context):
        ensure_file(name=f"Write {file.path}", file=file)
    ensure_service(name="Start the hourly upkeep", service=service(context))
