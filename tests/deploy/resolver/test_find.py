"""The name servers that pods get, from hosts as they are."""

import pytest

from .conftest import OWN, HostFiles

CONF = "/etc/resolv.conf"
RESOLVED = "/run/systemd/resolve/resolv.conf"
UPSTREAM = "nameserver 192.0.2.53\n"
STUB = "nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch example.org\n"

DIRECT = {
    "plain": (UPSTREAM, ["192.0.2.53"]),
    "four": (
        "".join(f"nameserver 192.0.2.{n}\n" for n in range(1, 5)),
        ["192.0.2.1", "192.0.2.2", "192.0.2.3"],
    ),
    "the same twice": (UPSTREAM * 2, ["192.0.2.53"]),
    "a loopback first": (f"nameserver 127.0.0.1\n{UPSTREAM}", ["192.0.2.53"]),
    "three that pods cannot use first": (
        f"nameserver ::1\nnameserver fe80::1%eth0\nnameserver 2001:db8::53\n{UPSTREAM}",
        ["192.0.2.53"],
    ),
    "in the cluster's networks": (f"nameserver 10.42.3.4\nnameserver 10.43.0.10\n{UPSTREAM}", ["192.0.2.53"]),
    "beside the cluster's networks": ("nameserver 10.41.255.255\n", ["10.41.255.255"]),
    "a cloud's link-local one": ("nameserver 169.254.169.253\n", ["169.254.169.253"]),
    "no addresses": (
        f"nameserver 300.1.1.1\nnameserver dns\nnameserver 224.0.0.251\n{UPSTREAM}",
        ["192.0.2.53"],
    ),
    "comments, tabs, DOS line ends": (
        "; nameserver 192.0.2.1\r\n#nameserver 192.0.2.2\r\nnameserver\t192.0.2.3 # ours\r\n",
        ["192.0.2.3"],
    ),
}


@pytest.mark.parametrize("name", DIRECT)
def test_servers_of_the_host_that_pods_can_use(name: str, files: HostFiles) -> None:
    text, expected = DIRECT[name]
    files.write(CONF, text)
    assert files.found()[:2] == (CONF, expected)


BEHIND = {
    "systemd-resolved": (RESOLVED, UPSTREAM),
    "NetworkManager": ("/run/NetworkManager/no-stub-resolv.conf", UPSTREAM),
    "dnsmasq with resolvconf": ("/run/dnsmasq/resolv.conf", UPSTREAM),
    "resolvconf": ("/run/resolvconf/interface/eth0.dhclient", f"search x\n{UPSTREAM}"),
    "openresolv": ("/run/resolvconf/interfaces/eth0.dhcp", UPSTREAM),
}


@pytest.mark.parametrize("name", BEHIND)
@pytest.mark.parametrize("conf", [STUB, "nameserver 127.0.0.1\n", "nameserver ::1\n", "nameserver 0.0.0.0\n"])
def test_servers_behind_one_on_the_loopback(name: str, conf: str, files: HostFiles) -> None:
    path, text = BEHIND[name]
    files.write(CONF, conf)
    files.write(path, text)
    source, servers, left = files.found()
    assert source.endswith(path) and servers == ["192.0.2.53"]
    assert left == [[conf.split()[1], "loopback", CONF]]


SETTINGS = {
    "dnsmasq": (
        "/etc/dnsmasq.d/upstream.conf",
        "no-resolv\nserver=/corp.example/192.0.2.1\nserver=192.0.2.2#5353\nserver=192.0.2.53\n",
    ),
    "unbound": (
        "/etc/unbound/unbound.conf.d/forward.conf",
        'server:\n    interface: 127.0.0.1\nforward-zone:\n    name: "corp."\n    forward-addr: 192.0.2.1\n'
        'forward-zone:\n    name: "."\n    forward-addr: 192.0.2.2@853#dns\n    forward-addr: 192.0.2.53\n',
    ),
    "named": (
        "/etc/bind/named.conf.options",
        "options {\n  // forwarders { 192.0.2.1; };\n  forwarders {\n    192.0.2.53;\n  };\n};\n",
    ),
}


@pytest.mark.parametrize("program", SETTINGS)
def test_servers_in_the_settings_of_the_program_that_runs(program: str, files: HostFiles) -> None:
    files.write(CONF, "nameserver 127.0.0.1\n")
    files.write(*SETTINGS[program])
    assert files.found()[:2] == ("nothing", [OWN])  # installed and not running: nobody asks these servers
    files.listener(program, "127.0.0.1")
    source, servers, _ = files.found()
    assert program.removesuffix("d") in source.replace("bind", "name") and servers == ["192.0.2.53"]


def test_dnsmasq_with_a_file_of_its_own(files: HostFiles) -> None:
    files.write(CONF, "nameserver 127.0.0.1\n")
    upstream = files.write("/etc/upstream.conf", UPSTREAM)
    files.write("/etc/dnsmasq.conf", f"resolv-file={upstream} # ours\n")
    files.listener("dnsmasq", "127.0.0.1")
    assert files.found()[:2] == ("/etc/upstream.conf", ["192.0.2.53"])


@pytest.mark.parametrize("address", ["0.0.0.0", "*", "[::]", OWN])
def test_a_resolver_of_the_host_that_listens_on_its_address(address: str, files: HostFiles) -> None:
    files.write(CONF, "nameserver 127.0.0.1\n")
    files.listener("unbound", address)
    assert files.found()[:2] == ("this machine's own name server", [OWN])


@pytest.mark.parametrize("conf", [None, "", "search example.org\n", STUB, "nameserver fe80::1%eth0\n"])
def test_without_a_server_pods_are_refused_at_once(conf: str | None, files: HostFiles) -> None:
    """An empty file would make containerd copy the host's, loopback and search domains included."""
    files.listener("systemd-resolve", "127.0.0.53%lo")
    if conf is not None:
        files.write(CONF, conf)
    assert files.found()[:2] == ("nothing", [OWN])


def test_a_dangling_link(files: HostFiles) -> None:
    (files.root / "etc/resolv.conf").symlink_to("../run/systemd/resolve/stub-resolv.conf")
    assert files.found()[:2] == ("nothing", [OWN])
    files.write(RESOLVED, UPSTREAM)
    assert files.found()[1] == ["192.0.2.53"]


def test_the_host_file_has_the_last_word(files: HostFiles) -> None:
    files.write(CONF, UPSTREAM)
    found = files.found(nameservers=("198.51.100.53", "198.51.100.54"))
    assert found == ("network.nameservers", ["198.51.100.53", "198.51.100.54"], [])


def test_the_reasons(files: HostFiles) -> None:
    files.write(CONF, "nameserver fe80::1%eth0\nnameserver 10.43.0.10\nnameserver x\nnameserver 127.0.0.1\n")
    reasons = [row[:2] for row in files.found()[2]]
    assert reasons == [
        ["fe80::1%eth0", "ipv6"],
        ["10.43.0.10", "cluster"],
        ["x", "invalid"],
        ["127.0.0.1", "loopback"],
    ]
