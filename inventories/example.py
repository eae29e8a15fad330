"""The host files of this folder as an inventory of the stock pyinfra command.

    pyinfra inventories/example.py deploy/site.py --limit lab

Every *.yaml here is a host that is called as its file. Two things are pyinfra's own business: a host's
key must be in ~/.ssh/known_hosts already (connect once with ssh), and jump hosts come from ssh_config only.
"""

import sys
from pathlib import Path
from typing import Any

from binder_singlenode import config
from binder_singlenode.errors import BinderError


def _data(file: Path) -> dict[str, Any]:
    """What pyinfra's ssh connector needs, and `host_file`, from which deploy/site.py takes all else."""
    host = config.load(file, check_files=False)  # one host's missing key must not stop work on another
    wanted = {
        "host_file": str(file),
        "ssh_hostname": host.address,
        "ssh_port": host.ssh.port,
        "ssh_user": host.ssh.user,
        "ssh_key": host.ssh.key and str(host.ssh.key),
        "ssh_config_file": host.ssh.config and str(host.ssh.config),
        "ssh_strict_host_key_checking": "yes",
    }
    return {name: value for name, value in wanted.items() if value is not None}


def _hosts(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    """The hosts of the folder. A bad file is named and left out: it must not stop work on other hosts."""
    found = []
    for name in config.names(folder):
        try:
            found.append((name, _data(config.find(name, folder))))
        except BinderError as error:
            print(f"warning: the host {name} is left out:\n{error}", file=sys.stderr)
    return found


hosts = _hosts(Path(__file__).resolve().parent)
