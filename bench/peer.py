"""The peer's side: ansible-core set up as well as it can be, and Python on a host that has none."""

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import measure

from binder_singlenode import ssh
from binder_singlenode.config import Host

PLAYBOOK = Path(__file__).with_name("second_up.yaml")
PROGRAM = Path(sys.executable).with_name("ansible-playbook")
INTERPRETER = "/usr/bin/python3"
PERSIST_S = 120
"""As long as the tool's own connection stays open."""
CONNECT_LIMIT_S = 60
APT_ARCHIVES = "/var/cache/apt/archives"


class Peer:
    """ansible-playbook for one host, over the ssh_config that the tool uses, with pipelining."""

    def __init__(self, host: Host, variables: dict[str, Any], folder: Path) -> None:
        self._host = host
        self._socket = folder / "mux"
        self._config = ssh.write_config(host)
        self._variables = folder / "variables.json"
        self._variables.write_text(json.dumps({"ansible_python_interpreter": INTERPRETER, **variables}))
        options = [
            *("-F", str(self._config), "-o", "ControlMaster=auto"),
            *("-o", f"ControlPersist={PERSIST_S}s", "-o", f"ControlPath={self._socket}"),
        ]
        settings = folder / "ansible.cfg"
        settings.touch()  # empty: nobody's own settings
        own = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        self._environment = own | {
            "ANSIBLE_CONFIG": str(settings),
            "ANSIBLE_HOME": str(folder / "home"),
            "ANSIBLE_PIPELINING": "1",
            "ANSIBLE_SSH_ARGS": shlex.join(options),
            "ANSIBLE_TIMEOUT": str(CONNECT_LIMIT_S),
            "ANSIBLE_NOCOLOR": "1",
        }

    def run(self) -> measure.Run:
        """One run, which must find nothing to change."""
        done = measure.run(
            [str(PROGRAM), "-i", f"{ssh.ALIAS},", "-e", f"@{self._variables}", str(PLAYBOOK)],
            self._environment,
        )
        if done.code != 0 or not re.search(r"\bchanged=0\b.*\bfailed=0\b", done.stdout):
            sys.exit(f"ansible-playbook ended with {done.code}:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
        return done

    def close(self) -> None:
        """End its connection."""
        words = ["ssh", "-F", str(self._config), "-o", f"ControlPath={self._socket}", "-O", "exit", ssh.ALIAS]
        subprocess.run(words, capture_output=True, check=False)


def ensure_python(host: Host, arch: str) -> None:
    """Ansible needs Python on the host, and its apt module the bindings; the tool needs neither.

    The packages come from this computer, because the host's packets may not leave it.
    """
    if ssh.run(host, f"{INTERPRETER} -c 'import apt'").returncode == 0:
        return
    print("installing python3 on the host, for ansible alone (minutes when it is emulated)", file=sys.stderr)
    told = ssh.run(host, ". /etc/os-release; echo $VERSION_CODENAME; dpkg-query -W -f '${Package}\\n'")
    release, *present = told.stdout.split()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        packages = _packages(Path(name), release, arch, set(present))
        archive = Path(name, "packages.tar")
        words = ["tar", "-cf", str(archive), "-C", str(packages[0].parent), *(each.name for each in packages)]
        subprocess.run(words, check=True)
        with archive.open("rb") as file:
            done = ssh.upload(host, _INSTALL, "", file)
    if done.returncode != 0:
        sys.exit(f"no python3 on the host: {done.stderr[-2000:]}")


_INSTALL = """set -e
work=$(mktemp -d /var/tmp/bench-XXXXXX)
trap 'rm -rf "$work"' EXIT
tar -x -C "$work"
export DEBIAN_FRONTEND=noninteractive
apt-get -q -y --no-install-recommends install "$work"/*.deb >/dev/null
"""


def _packages(folder: Path, release: str, arch: str, present: set[str]) -> list[Path]:
    """The archives of python3 and of all it needs, without what the host has."""
    words = [
        *("mmdebstrap", "--quiet", "--variant=extract", f"--architectures={arch}", "--format=null"),
        *(
            "--include=python3-minimal,python3-apt",
            f"--extract-hook=copy-out /var/cache/apt/archives {folder}",
        ),
        *(release, os.devnull),
    ]
    subprocess.run(words, check=True)
    archives = sorted((folder / "archives").glob("*.deb"))
    return [path for path in archives if path.name.partition("_")[0] not in present]
