"""The host files of this folder as an inventory of the stock pyinfra command.

    pyinfra inventories/example.py deploy/site.py --limit lab

Every *.yaml here is a host that is called as its file. Two things are pyinfra's own business: a host's
key must be in ~/.ssh/known_hosts already (connect once with ssh), and jump hosts come from ssh_config only.
"""

from pathlib import Path
from typing import Any

from binder_singlenode import config


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


_folder = Path(__file__).resolve().parent
hosts = [(name, _data(config.find(name, _folder))) for name in config.names(_folder)]
