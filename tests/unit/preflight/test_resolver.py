"""The preflight's rules about the resolver, and the queries that they read, in a network namespace."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from binder_singlenode import config
from binder_singlenode.errors import ConfigError
from binder_singlenode.preflight import facts as preflight_facts
from binder_singlenode.preflight import script
from binder_singlenode.preflight.problem import Problem
from binder_singlenode.preflight.queries import resolver as queries
from binder_singlenode.preflight.rules.networks import resolver as rules

PLAIN = "address: 192.0.2.1\n"
PROXIED = PLAIN + "proxy: {http: 'http://proxy.example.org:3128'}\n"
FOUND = "resolver_from\t/etc/resolv.conf\nresolver_server\t192.0.2.53\n"
NOTHING = "resolver_from\tnothing\nresolver_server\t192.0.2.1\n"
STUB = "resolver_left\t127.0.0.53\tloopback\t/etc/resolv.conf\n"


def judged(rows: str, host: str = PLAIN, *, offline: bool = False) -> list[Problem]:
    facts = preflight_facts.parse(rows, 0.0)
    return list(rules.problems(facts, config.loads(host, "host.yaml"), offline=offline))


def said(problem: Problem) -> str:
    assert problem.remedy
    return f"{problem.where}: {problem.what}"


@pytest.mark.parametrize("rows", ["", FOUND, FOUND + STUB, FOUND + "resolver_answer\t192.0.2.53\t3\n"])
def test_what_is_in_order(rows: str) -> None:
    assert judged(rows) == []


@pytest.mark.parametrize(
    ("rows", "host", "offline", "fatal"),
    [
        (NOTHING + STUB, PLAIN, False, True),
        (NOTHING + STUB, PLAIN, True, True),
        (NOTHING, PLAIN, False, True),
        (NOTHING, PLAIN, True, False),
        (NOTHING + STUB, PROXIED, False, False),
    ],
    ids=["a stub", "a stub, with a bundle", "none", "none, with a bundle", "a proxy finds the names"],
)
def test_no_server_that_pods_can_use(rows: str, host: str, offline: bool, fatal: bool) -> None:
    [problem] = judged(rows + "resolver_file\tmissing\n", host, offline=offline)
    assert problem.fatal == fatal
    assert "/etc/resolv.conf is missing" in problem.what
    assert "network: {nameservers: [" in problem.remedy
    assert ("127.0.0.53 (the machine's loopback" in problem.what) == (STUB in rows)


def test_each_reason_is_named() -> None:
    left = "".join(f"resolver_left\tA{n}\t{reason}\tx\n" for n, reason in enumerate(rules.REASONS))
    problem = judged(NOTHING + left)[-1]
    assert all(reason in problem.what for reason in rules.REASONS.values())


@pytest.mark.parametrize(("more", "fatal"), [("", True), ("ours\tk3s\n", False)])
def test_a_server_in_the_clusters_networks(more: str, fatal: bool) -> None:
    [problem] = judged(FOUND + "resolver_left\t10.42.0.53\tcluster\t/etc/resolv.conf\n" + more)
    assert said(problem).startswith("name servers: 10.42.0.53 is in the networks of pods and services")
    assert problem.fatal == fatal


WARNED = {
    "a wildcard": (
        "resolver_wildcard\texample.org\t192.0.2.9\n",
        "search domain example.org: every name in it leads to 192.0.2.9",
    ),
    "invented answers": (
        "resolver_wildcard\tinvalid\t192.0.2.9\n",
        "name servers: names that do not exist are answered with 192.0.2.9",
    ),
    "silence": ("resolver_silent\t192.0.2.53\n", "name servers: 192.0.2.53 does not answer on UDP port 53"),
    "a refusal": ("resolver_answer\t192.0.2.53\t5\n", "name servers: 192.0.2.53 answers REFUSED"),
    "TCP only": ("resolver_option\tuse-vc\n", "name servers: /etc/resolv.conf asks them over TCP only"),
    "few dots": (
        "resolver_option\tndots:1\nresolver_wildcard\ta.b\t192.0.2.9\n",
        "search domain a.b: every name",
    ),
}


@pytest.mark.parametrize("name", WARNED)
def test_a_warning(name: str) -> None:
    rows, expected = WARNED[name]
    [problem] = judged(FOUND + rows)
    assert said(problem).startswith(expected) and not problem.fatal


def test_a_wildcard_that_comes_before_the_name_itself_stops_up() -> None:
    [problem] = judged(FOUND + "resolver_wildcard\texample.org\t192.0.2.9\nresolver_option\tndots:2\n")
    assert problem.fatal and "github.com.example.org before github.com" in problem.what


def test_a_proxy_that_pods_cannot_find() -> None:
    short = PLAIN + "proxy: {http: 'http://proxy:3128', https: 'http://192.0.2.4:3128'}\n"
    [problem] = judged(FOUND, short)
    assert said(problem) == "proxy: proxy is a name without a domain, which pods cannot find"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("[127.0.0.53]", "has a special meaning"),
        ('["2001:db8::53"]', "is not an IPv4 address"),
        ("[10.43.0.10]", "10.43.0.10 is in service_cidr (10.43.0.0/16)"),
        ("[192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4]", "network.nameservers"),
        ("192.0.2.1", "network.nameservers"),
    ],
)
def test_name_servers_of_the_host_file(value: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config.loads(PLAIN + f"network: {{nameservers: {value}}}\n", "host.yaml")
    assert words in str(caught.value)


def test_name_servers_of_the_host_file_are_what_pods_get() -> None:
    host = config.loads(PLAIN + "network: {nameservers: [192.0.2.53]}\n", "host.yaml")
    assert 'given="192.0.2.53"' in queries.find_script(host)


def test_this_machine_tells_what_pods_would_get() -> None:
    host = config.loads(PLAIN, "host.yaml")
    done = subprocess.run(
        ["sh", "-c", script.script([], host)], capture_output=True, text=True, timeout=60, check=True
    )
    facts = preflight_facts.parse(done.stdout, 0.0)
    assert facts.one("resolver_from") and 1 <= len(facts.all("resolver_server")) <= 3


SERVER = """
import socket, sys
rcode = int(sys.argv[1])
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(512)
    end = query.index(0, 12) + 5
    name = query[12 : end - 5].lower()
    known = name.endswith(b"\\x07example\\x03org") and query[end - 4 : end - 2] == b"\\x00\\x01"
    code = 0 if known else (rcode or 3)
    answer = bytes([192, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 9]) if known else b""
    head = query[:2] + bytes([0x81, 0x80 | code, 0, 1, 0, 1 if known else 0, 0, 0, 0, 0])
    server.sendto(head + query[12:end] + answer, client)
"""


def asked(tmp_path: Path, rcode: int, servers: list[str], domains: list[str]) -> list[list[str]]:
    """The rows, from a network of its own with one name server, which has *.example.org."""
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare: apt-get install util-linux")
    (tmp_path / "server.py").write_text(SERVER)
    (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    text = (
        "ip link set lo up; mount --bind resolv.conf /etc/resolv.conf;"
        f" {sys.executable} server.py {rcode} >ready & pid=$!;"
        " until grep -q ready ready; do kill -0 $pid || exit 9; done\n"
        f"{queries.asking_script(servers, domains)}\n"
        "for job in $(jobs -p); do [ $job = $pid ] || wait $job; done; kill $pid"
    )
    done = subprocess.run(
        ["unshare", "-mn", "bash", "-c", text],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
    )
    if "Operation not permitted" in done.stderr or not Path("/etc/resolv.conf").exists():
        pytest.skip("needs root: mount and network namespaces")
    assert done.returncode in (0, 143), done.stderr
    return sorted(line.split("\t") for line in done.stdout.splitlines())


def test_a_wildcard_is_found_by_asking_for_a_name_that_nobody_has(tmp_path: Path) -> None:
    assert asked(tmp_path, 0, ["127.0.0.1"], ["example.org", "example.net"]) == [
        ["resolver_answer", "127.0.0.1", "3"],
        ["resolver_wildcard", "example.org", "192.0.2.9"],
    ]


def test_a_server_that_refuses_and_one_that_is_not_there(tmp_path: Path) -> None:
    assert asked(tmp_path, 5, ["127.0.0.1", "127.0.0.2"], []) == [
        ["resolver_answer", "127.0.0.1", "5"],
        ["resolver_silent", "127.0.0.2"],
    ]
