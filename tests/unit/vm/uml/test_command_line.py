"""The command lines of the kernel and of passt, word for word."""

from importlib import resources
from pathlib import Path

from binder_singlenode.vm.local.records import Ports
from binder_singlenode.vm.uml import command_line
from binder_singlenode.vm.uml.command_line import Files

PARTS = {
    "linux": "/cache/k/linux",
    "modules": "/cache/k/modules.img",
    "disk": "/vm/demo/disk.img",
    "seed": "/vm/demo/seed.img",
    "run": "/vm/demo/run",
    "passt": "/cache/p",
}
FILES = Files(**{name: Path(path) for name, path in PARTS.items()})
PORTS = Ports(20001, 20002, 20003)


def test_the_kernel() -> None:
    words = command_line.kernel(FILES, Path("/vm/demo"), 8 * 1024**3, 2)
    assert words[:6] == [
        "/cache/k/linux",
        "mem=8192M",
        "ncpus=2",
        "ubd0=/vm/demo/disk.img",
        "ubd1r=/vm/demo/seed.img",
        "ubd2r=/cache/k/modules.img",
    ]
    assert {"root=/dev/ubda", "rw", "noreboot", "panic=10", "seccomp=on"} < set(words)
    assert {"uml_dir=/vm/demo/run/", "umid=vm", "virtio_uml.device=run/passt.sock:1"} < set(words)
    assert words[-1] == command_line.marker(Path("/vm/demo")) == "binder.vm=/vm/demo"


def test_passt_of_a_vm_that_is_cut_off() -> None:
    words = command_line.passt(FILES, command_line.INNER, internet=False)
    libraries = "/cache/p/usr/lib/x86_64-linux-gnu"
    assert words[:3] == [f"{libraries}/ld-linux-x86-64.so.2", "--library-path", libraries]
    assert words[3] == "/cache/p/usr/bin/passt"
    forwards = [words[at + 1] for at, word in enumerate(words) if word == "-t"]
    assert forwards == ["127.0.0.1/2222:22", "127.0.0.1/8080:80", "127.0.0.1/8443:443"]
    assert words[-2:] == ["--outbound-if4", "lo"]
    assert "--dns-forward" not in words and "--no-map-gw" in words


def test_passt_of_a_vm_with_internet() -> None:
    words = command_line.passt(FILES, PORTS, internet=True)
    assert "127.0.0.1/20001:22" in words
    assert words[-2:] == ["--dns-forward", "10.0.2.3"]
    assert "--no-map-gw" in words, "services of this computer are not the guest's"


def test_the_guest_knows_the_same_addresses() -> None:
    """guest/etc/systemd/network is in the image of every engine."""
    guest = resources.files("binder_singlenode.vm.local.disk_image") / "guest"
    told = (guest / "etc/systemd/network/20-eth0.network").read_text()
    assert f"Address={command_line.GUEST}/24" in told
    assert f"Gateway={command_line.GATEWAY}" in told and f"DNS={command_line.DNS}" in told
