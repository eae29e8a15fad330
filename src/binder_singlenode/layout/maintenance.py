"""What a closed entry tells programs: the step maintenance writes it, status and launch read it."""

from __future__ import annotations

import json
from http import HTTPStatus

TITLE = "Closed for maintenance"


def written(sentence: str) -> str:
    """The answer, as JSON, of an entry that is closed with this sentence of the host file."""
    told = {"status": HTTPStatus.SERVICE_UNAVAILABLE, "message": f"{TITLE}. {sentence}", "closed": True}
    return json.dumps(told, ensure_ascii=False) + "\n"


def read(text: str | bytes) -> str:
    """The message of such an answer, or "" for anything else."""
    try:
        told = json.loads(text)
    except ValueError:
        return ""
    return str(told.get("message")) if isinstance(told, dict) and told.get("closed") else ""
