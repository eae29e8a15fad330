"""The launch archive in the Helm values: one line of JSON per launch, in one file per day, on the host.

BinderHub defines the fields (binderhub/event-schemas/launch.json, version 6): time, provider, repository,
ref, status, and whether the launch came from the page. No IP address, no cookie, no user name.
"""

from __future__ import annotations

from typing import Any

from binder_singlenode.layout.paths import LAUNCH_ARCHIVE

_VOLUME = "launch-archive"

EVENT_LOG = f"""\
def _launch_archive(event_log):
    import datetime
    import logging

    class Archive(logging.Handler):
        def emit(self, record):
            day = datetime.datetime.now(datetime.timezone.utc).date()
            try:
                with open(f"{LAUNCH_ARCHIVE}/launches-{{day}}.jsonl", "a") as archive:
                    archive.write(self.format(record) + "\\n")
            except OSError:
                self.handleError(record)

    return [Archive()]


c.EventLog.handlers_maker = _launch_archive
"""
"""Without a handler BinderHub discards launch events. If the file cannot be written, the line is lost, but
the launch continues."""


def archive_values() -> dict[str, Any]:
    """The handler, and the folder it writes to."""
    folder = {"path": LAUNCH_ARCHIVE, "type": "DirectoryOrCreate"}
    return {
        "extraConfig": {"01-eventlog": EVENT_LOG},
        "extraVolumes": [{"name": _VOLUME, "hostPath": folder}],
        "extraVolumeMounts": [{"name": _VOLUME, "mountPath": LAUNCH_ARCHIVE}],
    }
