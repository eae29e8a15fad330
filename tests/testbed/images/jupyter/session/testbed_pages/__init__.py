"""Pages of a session for the end-to-end tests: what is in its folder, and what can be written there.

testbed/files                     the files, with their sizes in bytes
testbed/write?name=F&mebibytes=N  whether a file of that size can be written
"""

import json
import os
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado.web import authenticated

PIECE = bytes(1024**2)


class Files(APIHandler):
    """What of the folder can be read; links are not followed."""

    @authenticated
    def get(self) -> None:
        top = Path(self.serverapp.root_dir)
        paths = [Path(folder, name) for folder, _, names in os.walk(top) for name in names]
        self.finish(json.dumps({str(path.relative_to(top)): path.lstat().st_size for path in paths}))


class Write(APIHandler):
    """A file of so many MiB, on its disk before the answer."""

    @authenticated
    def get(self) -> None:
        error = None
        path = Path(self.serverapp.root_dir, self.get_query_argument("name"))
        try:
            with path.open("wb", buffering=0) as file:
                for _ in range(int(self.get_query_argument("mebibytes"))):
                    file.write(PIECE)
                os.fsync(file.fileno())
        except OSError as refusal:
            error = str(refusal)
        self.finish(json.dumps({"ok": error is None, "error": error}))


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "testbed_pages"}]


def _load_jupyter_server_extension(server: Any) -> None:
    base = url_path_join(server.web_app.settings["base_url"], "testbed")
    pages = {"files": Files, "write": Write}
    handlers = [(url_path_join(base, name), handler) for name, handler in pages.items()]
    server.web_app.add_handlers(".*$", handlers)
