"""Stands in for qemu-img: a disk is a JSON file of its content and of what its snapshots hold."""

import json
import sys
from pathlib import Path

command, *words = sys.argv[1:]


def after(option: str) -> str:
    return words[words.index(option) + 1]


def write(path: str, backing: str, content: str, snapshots: dict[str, str]) -> None:
    Path(path).write_text(json.dumps({"backing": backing, "content": content, "snapshots": snapshots}))


def main() -> None:
    if command == "create":
        return write(words[-2], after("-b"), Path(after("-b")).read_text(), {})
    disk = json.loads(Path(words[-2] if command == "convert" else words[-1]).read_text())
    if command == "info":
        kept = [{"name": tag} for tag in disk["snapshots"]]
        print(json.dumps({"snapshots": kept, "full-backing-filename": disk["backing"]}))
    elif command == "snapshot":
        write(words[-1], disk["backing"], disk["snapshots"][after("-a")], disk["snapshots"])
    elif command == "convert":
        tag = after("-l").removeprefix("snapshot.name=")
        write(words[-1], after("-B"), disk["snapshots"][tag], {})
    else:
        sys.exit(f"qemu-img: no such command: {command}")


main()
