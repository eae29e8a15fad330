"""Values behind the promises: the launch archive, and settings of four programs that must agree."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from binder_singlenode.config import Host
from binder_singlenode.layout.paths import LAUNCH_ARCHIVE
from binder_singlenode.values.jupyterhub import hub_values, noticed_late_s
from binder_singlenode.values.launch_archive import archive_values

from .values_bed import sized


class Section:
    """A section of traitlets' configuration."""

    handlers_maker: Any = None


class Config:
    """The `c` of a configuration file."""

    EventLog = Section()


def handler_of(folder: Path) -> logging.Handler:
    """What BinderHub makes of our snippet, with another folder."""
    snippet = archive_values()["extraConfig"]["01-eventlog"].replace(LAUNCH_ARCHIVE, str(folder))
    exec(snippet, {"c": Config})
    (handler,) = Config.EventLog.handlers_maker(None)
    assert isinstance(handler, logging.Handler)
    return handler


def test_each_launch_is_a_line_in_the_file_of_its_day(tmp_path: Path) -> None:
    handler = handler_of(tmp_path)
    for number in (1, 2):
        handler.emit(logging.makeLogRecord({"msg": json.dumps({"spec": number})}))
    (archive,) = tmp_path.iterdir()
    assert archive.name.startswith("launches-20") and archive.name.endswith(".jsonl")
    assert [json.loads(line) for line in archive.read_text().splitlines()] == [{"spec": 1}, {"spec": 2}]


def test_an_archive_that_cannot_be_written_fails_no_launch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)
    handler_of(tmp_path / "nonesuch").emit(logging.makeLogRecord({"msg": "{}"}))


def test_the_archive_lies_on_the_host() -> None:
    values = archive_values()
    (volume,), (mount,) = values["extraVolumes"], values["extraVolumeMounts"]
    assert volume["hostPath"] == {"path": LAUNCH_ARCHIVE, "type": "DirectoryOrCreate"}
    assert (mount["name"], mount["mountPath"]) == (volume["name"], LAUNCH_ARCHIVE)


PING_S = 30  # a window's websocket says something at least so often (Jupyter Server's ws_ping_interval)


@pytest.mark.parametrize("idle", ["2m", "10m", "1h"])
def test_the_hub_hears_of_an_open_window_before_the_culler_ends_it(idle: str) -> None:
    host = Host.model_validate({"address": "198.51.100.7", "sessions": {"idle_timeout": idle}})
    values = hub_values(host, sized(host))
    hub = values["hub"]["config"]["JupyterHub"]
    late_s = hub["last_activity_interval"] + hub["activity_resolution"] + PING_S
    assert late_s < values["cull"]["timeout"]
    assert noticed_late_s(host.sessions.idle_timeout_s) == hub["activity_resolution"] + PING_S


def test_jupyter_itself_ends_nothing_before_the_culler_does() -> None:
    """An open window keeps its kernels, and one that is closed its session, for the idle time."""
    host = Host(address="198.51.100.7")
    files = hub_values(host, sized(host))["singleuser"]["extraFiles"]
    for name, server in (("jupyter-server", "ServerApp"), ("jupyter-notebook", "NotebookApp")):
        settings = files[name]["data"]
        assert settings["MappingKernelManager"]["cull_connected"] is False
        assert settings["MappingKernelManager"]["cull_idle_timeout"] == host.sessions.max_age_s
        assert settings[server]["shutdown_no_activity_timeout"] == host.sessions.max_age_s
