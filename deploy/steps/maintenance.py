"""Closed for maintenance: a page that Caddy looks for at each request, so that nothing restarts, and no
session loses its connections. Closing comes before all other changes, opening after them (entry.py).
"""

import html

from binder_singlenode.base.render import render
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.operations.files import File, ensure_file, ensure_no_file
from binder_singlenode.deploy.step import Place, step
from binder_singlenode.layout import maintenance as layout_maintenance
from binder_singlenode.layout import paths

AGAIN_S = 60
"""How often an open page looks again."""


def files(context: Context) -> tuple[File, ...]:
    """What programs are told, and what visitors read. The page comes last: it is what closes."""
    sentence = context.host.maintenance
    if sentence is None:
        return ()
    page = render(
        "entry/entry-page.html.j2",
        title=layout_maintenance.TITLE,
        text=html.escape(sentence),
        again_s=AGAIN_S,
        base_url=context.host.base_url,
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
    """Close, where the host file says so."""
    for file in files(context):
        ensure_file(name=f"Write {file.path}", file=file)


def reopen(context: Context) -> None:
    """Open, where it does not."""
    if context.host.maintenance is None:
        for path in (paths.MAINTENANCE_PAGE, paths.MAINTENANCE_ANSWER):
            ensure_no_file(name=f"Remove {path}", path=path)
