"""What a host file means when nothing is wrong with it."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from binder_singlenode import config
from binder_singlenode.config import Host, HostFileError, Sessions


def test_an_address_is_enough() -> None:
    host = config.loads("address: 203.0.113.7\n", "h.yaml")
    assert host == Host(address="203.0.113.7")
    assert (host.ssh.user, host.ssh.port, host.ssh.key) == ("root", 22, None)
    assert (host.sessions.memory_guarantee_bytes, host.sessions.memory_limit_bytes) == (1024**3, 2 * 1024**3)
    assert (host.sessions.idle_timeout_s, host.sessions.max_age_s) == (600, 43200)
    assert (host.sessions.per_repository, host.sessions.quota) == (None, None)
    assert host.builds.memory_limit_bytes == 2 * 1000**3
    assert host.node.reserved_memory is None
    assert host.release.namespace == "binder"


@pytest.mark.parametrize(
    ("lines", "base_url"),
    [
        ("address: 203.0.113.7", "http://203.0.113.7"),
        ("address: 2001:db8::7", "http://[2001:db8::7]"),
        ("address: vm.example.org", "http://vm.example.org"),
        ("address: 203.0.113.7\nhostname: Binder.Example.org", "http://binder.example.org"),
        ("address: a.b\nhostname: c.d\nurl: http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("address: a.b\nurl: https://binder.example.org/", "https://binder.example.org"),
        ("address: a.b\nurl: http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_the_public_urls(lines: str, base_url: str) -> None:
    host = config.loads(lines, "h.yaml")
    assert host.base_url == base_url
    assert host.hub_url == base_url + "/jupyter/"


@pytest.mark.parametrize(
    ("lines", "base_url", "hub_url"),
    [
        ("hostname: c.d\ntls: acme", "https://c.d", "https://c.d/jupyter/"),
        ("domain: c.d", "http://c.d", "http://hub.c.d/"),
        ("domain: c.d\ntls: {mode: acme}", "https://c.d", "https://hub.c.d/"),
        ("tls: own-ca", "https://a.b", "https://a.b/jupyter/"),
        ("tls: own-ca\nurl: https://a.b:8443", "https://a.b:8443", "https://a.b:8443/jupyter/"),
        ("tls: false", "http://a.b", "http://a.b/jupyter/"),
        ('tls: "off"', "http://a.b", "http://a.b/jupyter/"),
        ("tls:", "http://a.b", "http://a.b/jupyter/"),
    ],
)
def test_the_public_urls_with_encryption_and_two_names(lines: str, base_url: str, hub_url: str) -> None:
    host = config.loads(f"address: a.b\n{lines}\n", "h.yaml")
    assert (host.base_url, host.hub_url) == (base_url, hub_url)
    assert host.hub_url.endswith(host.hub_path)


def test_a_section_with_all_lines_commented_out_is_a_section_of_defaults() -> None:
    assert config.loads("address: a.b\nssh:\n#  port: 2222\nsessions:\n", "h.yaml") == Host(address="a.b")


def test_null_is_the_same_as_leaving_an_optional_field_out() -> None:
    assert config.loads("address: a.b\nhostname: null\nsessions: {quota: ~}\n", "h.yaml") == Host(
        address="a.b"
    )


def test_extra_values_keep_the_types_of_yaml() -> None:
    text = """
address: a.b
release:
  extra_values:
    text: "0755"
    yes_as_text: 'yes'
    date: 2024-01-01
    time: 12:30:00
    octal: 0o17
    list: [1, -2.5, true, null, 1e3]
    block: |
      two
      lines
    hub.jupyter.org/dotted: {}
"""
    assert config.loads(text, "h.yaml").release.extra_values == {
        "text": "0755",
        "yes_as_text": "yes",
        "date": "2024-01-01",
        "time": "12:30:00",
        "octal": 15,
        "list": [1, -2.5, True, None, 1000.0],
        "block": "two\nlines\n",
        "hub.jupyter.org/dotted": {},
    }


@pytest.mark.parametrize(
    "text", ["\ufeffaddress: a.b", "address: a.b\r\nssh:\r\n  port: 23\r\n", "---\naddress: a.b\n..."]
)
def test_what_editors_on_other_systems_write_is_read(text: str, tmp_path: Path) -> None:
    file = tmp_path / "h.yaml"
    file.write_bytes(text.encode())
    assert config.load(file).address == "a.b"


def test_a_host_knows_its_file_and_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lab.yaml").write_text("address: a.b")
    monkeypatch.chdir(tmp_path)
    host = config.load(Path("lab.yaml"))
    assert (host.file, host.name) == (tmp_path / "lab.yaml", "lab")
    assert (config.loads("address: a.b", "x").file, config.loads("address: a.b", "x").name) == (None, "a.b")


def test_hosts_are_frozen() -> None:
    host = config.loads("address: a.b", "h.yaml")
    with pytest.raises(ValidationError):
        host.address = "c.d"
    with pytest.raises(ValidationError):
        host.ssh.port = 23


def test_values_from_elsewhere_are_judged_by_the_same_rules() -> None:
    assert config.from_mapping({"address": "127.0.0.1", "ssh": {"key": "/k"}}, "vm").ssh.key == Path("/k")
    with pytest.raises(HostFileError) as caught:
        config.from_mapping({"address": "127.0.0.1", "ssh": {"prot": 1}}, "vm")
    assert str(caught.value) == 'vm: ssh.prot: unknown key; did you mean "port"?'


def test_a_default_is_compared_with_what_the_file_says() -> None:
    with pytest.raises(ValidationError, match="memory_limit"):
        Sessions(memory_guarantee="4G")


@pytest.mark.parametrize(
    "jump", ["gate.example.org", "ops@gate", "ops@gate:2222", "a@b,c@[::1]:22", "10.0.0.1:22"]
)
def test_jump_hosts_as_ssh_writes_them(jump: str) -> None:
    assert Host(address="a.b", ssh=config.Ssh(jump=jump)).ssh.jump == jump


@pytest.mark.parametrize(
    "image",
    [
        "quay.io/jupyterhub/repo2docker:2026.1",
        "localhost:5000/a/b:c",
        "repo2docker:main",
        f"a/b@sha256:{'0' * 64}",
    ],
)
def test_images_with_a_tag_or_digest(image: str) -> None:
    assert config.Release(repo2docker_image=image).repo2docker_image == image


def test_the_smallest_service_network_that_is_accepted_holds_the_fixed_addresses() -> None:
    host = Host(address="a.b", network=config.Network(service_cidr="10.43.4.0/22"))
    assert host.addresses.hub == "10.43.4.61"
    with pytest.raises(ValidationError, match="too small"):
        config.Network(service_cidr="10.43.4.0/23")


def test_proxies_in_front_as_addresses_and_networks() -> None:
    listed = "['192.0.2.20', '192.0.2.32/32', '198.51.100.0/28', '2001:DB8::0:1', '2001:db8::/64']"
    host = config.loads(f"address: a.b\nnetwork: {{trusted_proxies: {listed}}}\n", "h.yaml")
    assert host.network.trusted_proxies == (
        "192.0.2.20",
        "192.0.2.32",
        "198.51.100.0/28",
        "2001:db8::1",
        "2001:db8::/64",
    )
    assert config.loads("address: a.b\n", "h.yaml").network.trusted_proxies == ()
