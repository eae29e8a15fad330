"""The files in inventories/: each loads, the annotated one has every field, the schema is up to date."""

import json
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import BaseModel
from ruamel.yaml import YAML

from binder_singlenode import config
from binder_singlenode.config import Host

INVENTORIES = Path(__file__).parents[3] / "inventories"
EXAMPLES = sorted(INVENTORIES.glob("*.yaml"))
SCHEMA = config.json_schema()
FIRST_LINE = "# yaml-language-server: $schema=schema.json"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with the key that the annotated example names."""
    key = tmp_path / ".ssh" / "id_ed25519"
    key.parent.mkdir(mode=0o700)
    key.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    key.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def fields(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """The dotted names of all fields."""
    for name, info in model.model_fields.items():
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from fields(info.annotation, f"{prefix}{name}.")
        else:
            yield prefix + name


def present(tree: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """The dotted names of all keys of a file, those of mappings included."""
    for name, value in tree.items():
        yield prefix + name
        if isinstance(value, dict):
            yield from present(value, f"{prefix}{name}.")


def load_yaml(path: Path) -> Any:
    """A file as another YAML reader sees it."""
    return YAML(typ="safe").load(path.read_text())


def test_the_examples_of_the_design_are_there() -> None:
    assert [path.stem for path in EXAMPLES] == ["example", "hetzner", "jetstream2", "vm"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_loads_and_names_its_schema(path: Path) -> None:
    assert path.read_text().splitlines()[0] == FIRST_LINE
    host = config.load(path)
    assert host.name == path.stem
    jsonschema.validate(load_yaml(path), SCHEMA)


def test_the_annotated_example_has_every_field() -> None:
    assert set(fields(Host)) - set(present(load_yaml(INVENTORIES / "example.yaml"))) == set()


def test_the_annotated_example_says_something_above_every_field() -> None:
    lines = (INVENTORIES / "example.yaml").read_text().splitlines()
    for number, line in enumerate(lines):
        key = re.match(r"\s*([A-Za-z_0-9]+):", line)
        if key is None or line.startswith("    "):
            continue  # below extra_values the keys are Helm's
        above = lines[number - 1]
        pair = re.match(rf"{re.escape(line[: len(line) - len(line.lstrip())])}\S", above)
        assert above.lstrip().startswith("#") or pair, f"line {number + 1} has no explanation: {line}"


def test_the_values_of_the_annotated_example_are_the_defaults_unless_it_says_otherwise() -> None:
    lines = (INVENTORIES / "example.yaml").read_text().splitlines()
    host = config.load(INVENTORIES / "example.yaml")
    changed = set(present(host.model_dump(exclude_defaults=True, exclude={"release": {"extra_values"}})))
    for name in set(fields(Host)) & changed:
        key = name.rpartition(".")[2]
        at = next(i for i, line in enumerate(lines) if line.strip().startswith(f"{key}: "))
        above = " ".join(lines[max(0, at - 4) : at])
        assert "default" in above, f"{name} is not its default, and the comment does not say so"


def test_every_field_and_section_has_a_description() -> None:
    for name, model in [("Host", SCHEMA), *SCHEMA["$defs"].items()]:
        assert model["description"], name
        for key, entry in model["properties"].items():
            # pydantic leaves out what would only repeat the description of the section itself
            section = SCHEMA["$defs"].get(entry.get("$ref", "").rpartition("/")[2], {})
            assert entry.get("description") or section.get("description"), f"{name}.{key}"
        assert model["additionalProperties"] is False


def test_the_schema_file_is_up_to_date() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "binder_singlenode.config"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert printed.stdout == config.json_schema_text()
    assert printed.stderr == ""
    assert (INVENTORIES / "schema.json").read_text() == printed.stdout, (
        "run: python -m binder_singlenode.config > inventories/schema.json"
    )


def test_the_schema_is_a_schema_and_refuses_what_an_editor_can_see() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(config.json_schema_text()) == SCHEMA
    jsonschema.validate({"address": "a.b"}, SCHEMA)
    for wrong in (
        {},
        {"address": "a.b", "adress": 1},
        {"address": "a.b", "ssh": {"port": 0}},
        {"address": "a.b", "ssh": {"user": "-oProxyCommand=x"}},
        {"address": "a.b", "sessions": {"memory_limit": "1GB"}},
        {"address": "a.b", "builds": {"memory_limit": "2GB"}},
        {"address": "a.b", "sessions": {"idle_timeout": "10min"}},
        {"address": "a.b", "url": "http://a.b/path"},
        {"address": "a.b", "apiVersion": "binder/v2"},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, SCHEMA)


def test_the_inventory_for_the_stock_pyinfra_command(home: Path) -> None:
    hosts = dict(runpy.run_path(str(INVENTORIES / "example.py"))["hosts"])
    assert sorted(hosts) == [path.stem for path in EXAMPLES]
    assert hosts["vm"] == {
        "host_file": str(INVENTORIES.resolve() / "vm.yaml"),
        "ssh_hostname": "127.0.0.1",
        "ssh_port": 2222,
        "ssh_user": "root",
        "ssh_strict_host_key_checking": "yes",
    }
    assert hosts["example"]["ssh_key"] == str(home / ".ssh" / "id_ed25519")


def test_a_bad_file_does_not_stop_work_on_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(INVENTORIES / "example.py", tmp_path)
    (tmp_path / "lab.yaml").write_text("address: 203.0.113.7\n")
    (tmp_path / "bad.yaml").write_text("address: a..b\n")
    (tmp_path / "worse.yaml").write_bytes(b"\xff\xfe\x00")
    assert list(dict(runpy.run_path(str(tmp_path / "example.py"))["hosts"])) == ["lab"]
    said = capsys.readouterr().err
    assert "bad.yaml:1:10: address" in said and "worse" in said


def test_pyinfra_itself_reads_the_inventory_of_any_folder(tmp_path: Path) -> None:
    shutil.copy(INVENTORIES / "example.py", tmp_path)
    (tmp_path / "lab.yaml").write_text("address: 203.0.113.7\nssh: {user: debian, key: no-key-here}\n")
    (tmp_path / "lab.lock.yaml").write_text("apiVersion: binder/lock/v1\n")
    done = subprocess.run(
        [sys.executable, "-m", "pyinfra", "example.py", "debug-inventory"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shown = done.stdout + done.stderr
    assert '"host_file": "' + str(tmp_path / "lab.yaml") in shown
    assert '"ssh_user": "debian"' in shown
