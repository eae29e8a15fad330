"""The annotated part of a new host file: every field of inventories/example.yaml, commented out."""

import re
from importlib import resources

_OWN = ("apiVersion", "address")
"""Fields that a new host file has already."""
_HEAD = """
# All other fields, with their meaning. A line #key: value is commented out: remove the # to use it, and the
# # before the section that it is below, such as #sessions:. Without a line its default applies.
"""


def appendix() -> str:
    """The lines to append to a new host file; "" when the example is not installed."""
    example = resources.files("binder_singlenode") / "inventories" / "example.yaml"
    try:
        text = example.read_text(encoding="utf-8")
    except OSError:
        return ""
    paragraphs = text.split("\n\n")[1:]  # without the head of the example
    shown = [paragraph for paragraph in paragraphs if not _has_own_field(paragraph)]
    return _HEAD + "\n" + "\n\n".join(map(_commented, shown)).rstrip("\n") + "\n"


def _has_own_field(paragraph: str) -> bool:
    return any(re.search(rf"^{name}:", paragraph, re.MULTILINE) for name in _OWN)


def _commented(paragraph: str) -> str:
    lines = (f"#{line}" if line and not line.startswith("#") else line for line in paragraph.split("\n"))
    return "\n".join(lines)
