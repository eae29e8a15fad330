"""Maintenance mode: a page that Caddy looks for at each request, so that nothing restarts and no session
loses its connections. It begins before all other changes and ends after them (entry.py).
"""

import html

from binder_singlenode.base.render import render
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.operations.files import File, ensure_file, ensure_no_file
from binder_singlenode.deploy.step import Place, step
from binder_singlenode.layout import maintenance as layout_maintenance
from binder_singlenode.layout import paths

AGAIN_S = 60
"""Interval at which the page asks whether it is open again."""


def files(context: Context) -> tuple[File, ...]:
    """The answer for programs and the page for visitors. The page comes last: it switches maintenance on."""
    sentence = context.host.maintenance
    if sentence is None:
        return ()
    page = render(
        "entry/entry-page.html.j2",
        title=layout_maintenance.TITLE,
        text=html.escape(sentence),
        more="Running sessions continue. No session can be started until it is open again.",
        link=context.host.base_url,
        link_text="Try again",
        again="This page reloads by itself as soon as it is open again.",
        again_s=AGAIN_S,
    )
    return (
        File(paths.MAINTENANCE_ANSWER, layout_maintenance.written(sentence)),
        File(paths.MAINTENANCE_PAGE, page),
    )


@step(
    "maintenance",
    Place(
        "file",
        paths.MAINTENANCE_PAGE,
        "with `maintenance`: what visitors read; while it is there, nobody can launch",
    ),
    Place("file", paths.MAINTENANCE_ANSWER, "the same for programs"),
    Place("grown", paths.MAINTENANCE),
)
def maintenance(context: Context) -> None:
    """Switch maintenance on, if the host file has `maintenance`."""
    for file in files(context):
        ensure_file(name=f"Write {file.path}", file=file)


def reopen(context: Context) -> None:
    """Switch maintenance off, if the host file has no `maintenance`."""
    if context.host.maintenance is None:
        for path in (paths.MAINTENANCE_PAGE, paths.MAINTENANCE_ANSWER):
            ensure_no_file(name=f"Remove {path}", path=path)
