"""Maintenance answer (JSON) of a closed entry: the step maintenance writes it, status and launch read it."""

from __future__ import annotations

import json
from http import HTTPStatus

TITLE = "Closed for maintenance"


def written(sentence: str) -> str:
    """The maintenance answer with this sentence of the host file, as JSON."""
    told = {"status": HTTPStatus.SERVICE_UNAVAILABLE, "message": f"{TITLE}. {sentence}", "closed": True}
    return json.dumps(told, ensure_ascii=False) + "\n"


def read(text: str | bytes) -> str:
    """The message in a maintenance answer; "" for any other text."""
    try:
        told = json.loads(text)
    except ValueError:
        return ""
    return str(told.get("message")) if isinstance(told, dict) and told.get("closed") else ""
