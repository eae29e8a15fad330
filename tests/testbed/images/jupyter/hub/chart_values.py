"""The chart's values, by path."""

import json
from pathlib import Path
from typing import Any


class Values:
    """All values, with the chart's defaults filled in by helm, and the secrets beside them."""

    def __init__(self, tree: dict[str, Any], folder: Path) -> None:
        self._tree, self._folder = tree, folder

    @classmethod
    def read(cls, folder: Path) -> "Values":
        """The Secret "hub", as it is mounted."""
        return cls(json.loads((folder / "values.yaml").read_text()), folder)

    def at(self, path: str, default: Any = None) -> Any:
        """`singleuser.memory.limit`; the default for what is absent or null."""
        value: Any = self._tree
        for key in path.split("."):
            if not isinstance(value, dict) or value.get(key) is None:
                return default
            value = value[key]
        return value

    def secret(self, name: str) -> str:
        """What the chart made up or was given: a file beside the values."""
        return (self._folder / name).read_text()

    def give(self, target: Any, **paths: str) -> None:
        """Set each trait of `target` to the value at its path, where there is one."""
        for trait, path in paths.items():
            value = self.at(path)
            if value is not None:
                setattr(target, trait, value)
