"""Texts to the letter, in files beside the tests. Write the files anew with BINDER_GOLDEN=write."""

import os
from pathlib import Path

GOLDEN = Path(__file__).parent / "golden"


def agrees(name: str, text: str) -> bool:
    """Whether the text is the file's."""
    path = GOLDEN / name
    if os.environ.get("BINDER_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return text == path.read_text()
