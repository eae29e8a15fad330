"""The JSON schema of host files, for editors: see __main__.py."""

import json
from typing import Any

from binder_singlenode.config.model.host import Host


def json_schema() -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of a host file, with a description for every field."""
    schema = Host.model_json_schema()
    _tidy(schema)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "binder-singlenode host file",
        **{key: value for key, value in schema.items() if key != "title"},
    }


def json_schema_text() -> str:
    """The text of inventories/schema.json."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _tidy(part: Any) -> None:
    """Remove pydantic's titles, which only repeat the keys, and the line breaks of the source."""
    if isinstance(part, list):
        for item in part:
            _tidy(item)
    if not isinstance(part, dict):
        return
    if isinstance(part.get("title"), str):
        del part["title"]
    if isinstance(part.get("description"), str):
        part["description"] = " ".join(part["description"].split())
    for value in part.values():
        _tidy(value)
