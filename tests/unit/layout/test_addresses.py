"""The fixed addresses."""

import ipaddress

import pytest

from binder_singlenode.config import Host
from binder_singlenode.errors import ConfigError
from binder_singlenode.layout import addresses


def test_the_default_network() -> None:
    found = Host.model_validate({"address": "192.0.2.7"}).addresses
    assert (found.dns, found.registry, found.binder, found.hub) == (
        "10.43.0.10",
        "10.43.0.50",
        "10.43.0.60",
        "10.43.0.61",
    )
    assert found.registry_url == "http://10.43.0.50:5000"
    assert found.image_prefix == "10.43.0.50:5000/i-"
    assert (found.binder_upstream, found.hub_upstream) == ("10.43.0.60:80", "10.43.0.61:80")


@pytest.mark.parametrize("cidr", ["10.43.0.0/16", "172.16.0.0/12", "192.168.40.0/22", "10.0.16.0/20"])
def test_all_addresses_are_in_the_lower_band(cidr: str) -> None:
    """Kubernetes gives the first sixteenth (16 to 256 addresses) to nobody by itself."""
    net = ipaddress.ip_network(cidr)
    band = min(max(16, net.num_addresses // 16), 256)
    found = addresses.addresses(cidr)
    for address in (found.dns, found.registry, found.binder, found.hub):
        assert ipaddress.ip_address(address) in net
        assert int(ipaddress.ip_address(address)) - int(net.network_address) < band


@pytest.mark.parametrize(
    ("cidr", "message"),
    [
        ("10.43.0.0/24", "network.service_cidr 10.43.0.0/24 is too small: a /22 is the least"),
        ("10.43.0.1/16", "network.service_cidr: 10.43.0.1/16 has host bits set"),
        ("nonsense", "network.service_cidr: "),
        ("fd00::/108", "network.service_cidr: "),
    ],
)
def test_a_network_that_does_not_do(cidr: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        addresses.addresses(cidr)
    assert caught.value.message.startswith(message)
