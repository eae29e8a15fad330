"""What the product gives to JupyterHub, read by its own classes: the chart rendered, nothing started."""

import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from binder_singlenode.values.helm_values import merge

from .jupyter_parts import HERE, Parts, parts
from .test_double_chart import Helm, helm, helm_program, objects, values_of

__all__ = ["helm", "helm_program"]

CONFIG = HERE / "images/jupyter/hub/jupyterhub_config.py"

pytestmark = [
    pytest.mark.timeout(1800),  # the first time, everything is fetched and compiled
    pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed"),
]

PERSISTENT = {"mode": "persistent", "home": {"size": "1Gi", "users": 2}}
APPLICATION = {"client_id": "a", "client_secret": "env:A"}
LOGIN = "https://login.example.org"
OIDC = {f"{name}_url": f"{LOGIN}/{name}" for name in ("authorize", "token", "userdata")}
MODES = {
    "binder": {},
    "proxy": {"proxy": {"https": "http://proxy.example.org:3128"}},
    "github": {"sign_in": {"provider": "github", **APPLICATION, "allowed": {"organizations": ["lab"]}}},
    "gitlab": {"sign_in": {"provider": "gitlab", **APPLICATION, "allowed": {"groups": ["lab"]}}},
    "persistent": PERSISTENT
    | {
        "sign_in": {
            "provider": "oidc",
            **OIDC,
            **APPLICATION,
            "allowed": {"groups": ["lab"]},
            "admins": ["ann"],
        }
    },
}


@pytest.fixture(scope="session")
def jupyter() -> Parts:
    return parts()


def told(
    jupyter: Parts, helm: Helm, folder: Path, values: dict[str, Any]
) -> "subprocess.CompletedProcess[str]":
    """What hub_traits.py says of these values."""
    secret = objects(helm, values)["Secret", "hub"]["data"]
    folder.mkdir()
    for name, content in secret.items():
        (folder / name).write_bytes(base64.b64decode(content))
    environment = jupyter.environment(jupyter.hub, jupyter.session) | {"TESTBED_HUB_SECRET": str(folder)}
    return subprocess.run(
        [jupyter.python, HERE / "hub_traits.py", CONFIG],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("mode", list(MODES))
def test_the_real_classes_take_every_option(jupyter: Parts, helm: Helm, tmp_path: Path, mode: str) -> None:
    done = told(jupyter, helm, tmp_path / "secret", values_of(MODES[mode]))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["unknown"] == []


def test_a_session_is_what_the_host_file_says(jupyter: Parts, helm: Helm, tmp_path: Path) -> None:
    done = told(jupyter, helm, tmp_path / "secret", values_of({"sessions": {"memory_limit": "3G"}}))
    assert done.returncode == 0, done.stderr
    spec = json.loads(done.stdout.splitlines()[-1])["pod"]["spec"]
    (container,) = spec["containers"]
    assert container["resources"]["limits"]["memory"] == 3 * 1024**3
    assert container["image"] == "registry/image:1"
    assert {"--ServerApp.token=abc", "--ServerApp.allow_origin=*"} <= set(container["args"])
    assert {"name": "BINDER_REPO_URL", "value": "https://git.example.org/a/b"} in container["env"]
    assert (spec["restartPolicy"], spec["enableServiceLinks"]) == ("Never", False)
    mounted = {each["mountPath"] for each in container["volumeMounts"]}
    assert "/etc/jupyter/jupyter_server_config.json" in mounted


def test_a_home_is_the_users_and_not_the_servers(jupyter: Parts, helm: Helm, tmp_path: Path) -> None:
    done = told(jupyter, helm, tmp_path / "secret", values_of(MODES["persistent"]))
    assert done.returncode == 0, done.stderr
    spec = json.loads(done.stdout.splitlines()[-1])["pod"]["spec"]
    claims = [each["persistentVolumeClaim"]["claimName"] for each in spec["volumes"] if "secret" not in each]
    assert claims == ["claim-mock-name---6241db84"]  # as KubeSpawner makes a label of mock_name


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ({"hub": {"config": {"KubeSpawner": {"http_timeout": "soon"}}}}, "http_timeout"),
        ({"hub": {"extraConfig": {"10": "c.JupyterHub.nonesuch ="}}}, "SyntaxError"),
        ({"singleuser": {"memory": {"limit": "2X"}}}, "2X"),
    ],
)
def test_what_they_refuse_is_refused_here(
    jupyter: Parts, helm: Helm, tmp_path: Path, extra: dict[str, Any], words: str
) -> None:
    done = told(jupyter, helm, tmp_path / "secret", merge(values_of({}), {"jupyterhub": extra}))
    assert done.returncode != 0
    assert words in done.stderr
