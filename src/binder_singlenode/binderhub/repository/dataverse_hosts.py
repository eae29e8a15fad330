"""The Dataverse installations that builds know: the list that BinderHub serves to them (docs/adr/1004)."""

import json


def is_installation(host: str) -> bool:
    """Whether a Dataverse runs at `host`."""
    from binder_singlenode.base.render import render  # jinja2: few repositories need the list

    listed = json.loads(render("release/dataverse.json.j2"))["installations"]
    return any(each["hostname"] == host for each in listed)
