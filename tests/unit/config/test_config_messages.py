"""One test per message: a wrong file, and exactly what is said about it."""

import pytest

from binder_singlenode import config
from binder_singlenode.config import HostFileError
from binder_singlenode.errors import ConfigError

TOP = 'the file needs at least a line such as "address: vm.example.org"'
EMPTY = 'the file is empty; it needs at least a line such as "address: vm.example.org"'
COLON = (
    "a ':' where none can be; compare with the line above: a blank missing after ':', a wrong indent, "
    "or text that needs quotes"
)
INDENT = "this does not line up with the lines above; indent keys of one level equally"
JUPYTERHUB = "JupyterHub has K, M, G, T, and 1G = 1024^3 bytes"
NAME_HINT = "letters, digits, - and dots, no - or dot at either end"
USER_HINT = "letters, digits, . _ + - and no - at the beginning, at most 64"
PRIVATE = "use a private network, such as one in 10.0.0.0/8"
ADDRESS_HINT = 'write the machine to connect to, as in "address: vm.example.org"; IPv6 without brackets'
URL_HINT = 'only scheme, host and port, as in "http://127.0.0.1:8080"'

STRUCTURE = [
    ("", f"1:1: {EMPTY}"),
    ("# only a comment\n", f"1:1: {EMPTY}"),
    ("---\n", f"1:1: {EMPTY}"),
    ("- address: a.b\n", f"1:1: a list instead of lines of key: value; {TOP}"),
    ("vm.example.org\n", f"1:1: a single value instead of lines of key: value; {TOP}"),
    ("address: a.b\n---\naddress: c.d\n", "2:1: a second document begins here; one file describes one host"),
    ("%YAML 1.1\n---\naddress: a.b\n", "2:1: % directives are not supported; remove the line"),
    ("address: a.b\naddress: c.d\n", "2:1: address: this key is already on line 1; remove one of the two"),
    ("address: a.b\n<<: {}\n", "2:1: <<: merge keys (<<) are not supported; write the lines out"),
    ("address: &a a.b\n", "1:10: address: &a: anchors and aliases are not supported; write the value out"),
    ("address: *a\n", "1:10: address: *a: anchors and aliases are not supported; write the value out"),
    ("address: !x a.b\n", "1:10: address: tags (!…) are not supported; write the plain value"),
    ("&k address: a.b\n", "1:1: address: a key has no anchor and no tag; write the plain key"),
    ("? [a]\n: b\n", "1:3: a key must be text; write it as in key: value"),
    ("a: " + "[" * 100, "1:24: more than 20 levels inside each other; no host file needs that many"),
    (
        "address: a.b\nrelease: {extra_values: {a: [" + "1, " * 3000 + "]}}\n",
        "2:9015: more than 3000 values; no host file needs that many",
    ),
    ("address: a.b\n1: x\n", "2:1: 1: the key 1 is not text; put it in quotes"),
    ("address: a.b\non: x\n", "2:1: on: the key on is not text; put it in quotes"),
    ("address: a.b\n: x\n", "2:1: the key (empty) is not text; put it in quotes"),
]

SYNTAX = [
    ("address: a.b\n\tssh: 1\n", "2:1: a tab indents this line; YAML wants blanks: two for each level"),
    ("ssh:\n  user: a\n  \tport: 1\n", "3:3: a tab indents this line; YAML wants blanks: two for each level"),
    ("a: b: c\n", f"1:5: {COLON}"),
    ("address:a.b\nssh:\n", f"2:4: {COLON}"),
    ("address: a.b\n ssh:\n", f"2:5: {COLON}"),
    ("  address: a.b\nssh:\n", f"2:1: {INDENT}"),
    ("address: a.b\n- b\n", f"2:1: {INDENT}"),
    ("address: 'a.b\n", "1:10: a quote is opened and never closed; add the closing quote"),
    (
        "a: [1, 2\nb: 3\n",
        "1:4: a bracket is opened and never closed; close it, or write the items on lines of their own",
    ),
    (
        "a: {b: 1\n",
        "1:4: a bracket is opened and never closed; close it, or write the items on lines of their own",
    ),
    ('a: "\\q"\n', "1:6: a backslash with a meaning of its own; use single quotes for text with backslashes"),
    ("a: %x\n", "1:4: unquoted text cannot begin with %; put it in quotes"),
    ("a: @x\n", "1:4: unquoted text cannot begin with @; put it in quotes"),
    ("a: >x\n", "1:5: text behind | or >; put it in quotes, or on the next line"),
    ("a: }\n", "1:4: a value that cannot begin like this; put text in quotes"),
    ("a: *\n", "1:5: * and & begin an alias or anchor, which are not supported; put text in quotes"),
    ("a: !<\n", "1:6: ! begins a tag, which is not supported; put text in quotes"),
    ("a: ? b\n", "1:4: ? begins a key; put text in quotes"),
    ("a\nb: 1\n", f"2:2: {COLON}"),
    ("a: 1\nb\n", "2:1: a key without ':'; write key: value"),
    (
        "a: 'b' c\n",
        "1:8: text that nothing above leads to; if it belongs to one value, put quotes around all of it",
    ),
]

SCALARS = [
    (
        "address: a.b\nnode: {name: 0755}\n",
        "2:14: node.name: 0755 is the octal 493 for some programs and the number 755 for others; "
        'write "0755" for text (a file mode, say), or the number without the 0 in front',
    ),
    (
        "address: a.b\nssh: {port: 0922}\n",
        "2:13: ssh.port: 0922 is text for some programs and the number 922 for others; "
        'write "0922" for text (a file mode, say), or the number without the 0 in front',
    ),
    (
        "address: a.b\nssh: {port: 2_222}\n",
        "2:13: ssh.port: 2_222 is text for some programs and a number for others; write 2222",
    ),
    (
        "address: a.b\nnetwork: {firewall: yes}\n",
        "2:21: network.firewall: yes is text for some programs and true for others; "
        'write true, or "yes" for the text',
    ),
    (
        "address: a.b\nnetwork: {firewall: OFF}\n",
        "2:21: network.firewall: OFF is text for some programs and false for others; "
        'write false, or "OFF" for the text',
    ),
    (
        "address: a.b\nsessions: {cpu_limit: .inf}\n",
        "2:23: sessions.cpu_limit: .inf is not a number that anything here can use; write a number",
    ),
    (
        "address: a.b\nssh: {port: 1111111111111111111111111111111111}\n",
        '2:13: ssh.port: "1111111111111111111111111111111111" is too long for a number; '
        "put it in quotes, if it is text",
    ),
]

TYPES = [
    ("ssh: {}\n", f"1:1: address: this line is missing; {ADDRESS_HINT}"),
    ("address:\n", f"1:1: address: the value is empty, text is wanted; {ADDRESS_HINT}"),
    ("address: 10.0\n", f"1:10: address: this is a number, text is wanted; {ADDRESS_HINT}"),
    ("address: [::1]\n", f"1:10: address: this is a list, text is wanted; {ADDRESS_HINT}"),
    ("address: {a: b}\n", f"1:10: address: this is a group of keys, text is wanted; {ADDRESS_HINT}"),
    (
        "apiVersion: binder/v2\naddress: a.b\n",
        '1:13: apiVersion: "binder/v2" is not one of \'binder/v1\'; did you mean "binder/v1"?',
    ),
    (
        "address: a.b\nimages: {store: s3}\n",
        "2:17: images.store: \"s3\" is not one of 'registry' or 'shared'",
    ),
    (
        "address: a.b\nssh: {port: '22'}\n",
        '2:13: ssh.port: this is text ("22"), a whole number is wanted; remove the quotes: 22',
    ),
    (
        "address: a.b\nssh: {port: ssh}\n",
        '2:13: ssh.port: this is text ("ssh"), a whole number is wanted; write digits only',
    ),
    ("address: a.b\nssh: {port: 22.5}\n", "2:13: ssh.port: this is a number, a whole number is wanted"),
    ("address: a.b\nssh: {port: true}\n", "2:13: ssh.port: this is true or false, a whole number is wanted"),
    ("address: a.b\nssh: {port: 0}\n", "2:13: ssh.port: 0 is too small; it must be at least 1"),
    ("address: a.b\nssh: {port: 65536}\n", "2:13: ssh.port: 65536 is too large; it must be at most 65535"),
    (
        "address: a.b\nsessions: {cpu_limit: 0}\n",
        "2:23: sessions.cpu_limit: 0 is too small; it must be more than 0",
    ),
    (
        "address: a.b\nsessions: {cpu_limit: 500m}\n",
        '2:23: sessions.cpu_limit: this is text ("500m"), a number is wanted; did you mean 0.5?',
    ),
    (
        "address: a.b\nsessions: {memory_limit: 2}\n",
        '2:26: sessions.memory_limit: this is a number, text is wanted; for example "1G"',
    ),
    (
        "address: a.b\nbuilds: {memory_limit: ~}\n",
        '2:24: builds.memory_limit: the value is empty, text is wanted; for example "2G"',
    ),
    (
        "address: a.b\nnode: {reserved_memory: 2}\n",
        '2:25: node.reserved_memory: this is a number, text is wanted; for example "2G"',
    ),
    ("address: a.b\nhostname: 5\n", "2:11: hostname: this is a number, text is wanted; put it in quotes"),
    (
        "address: a.b\nnetwork: {firewall: 'true'}\n",
        '2:21: network.firewall: this is text ("true"), true or false is wanted',
    ),
    ("address: a.b\nssh: root\n", '2:6: ssh: this is text ("root"), lines of key: value, indented is wanted'),
    ("address: a.b\nssh: [a]\n", "2:6: ssh: this is a list, lines of key: value, indented is wanted"),
    (
        "address: a.b\nrelease: {extra_values: []}\n",
        "2:25: release.extra_values: this is a list, lines of key: value, indented is wanted",
    ),
    ("address: a.b\nssh: {key: 5}\n", "2:12: ssh.key: this is a number, a path is wanted"),
]

KEYS = [
    ("address: a.b\nhostnam: c.d\n", '2:1: hostnam: unknown key; did you mean "hostname"?'),
    ("address: a.b\nssh: {usr: x}\n", '2:7: ssh.usr: unknown key; did you mean "user"?'),
    (
        "address: a.b\nsessions: {idle-timeout: 1m}\n",
        '2:12: sessions.idle-timeout: unknown key; did you mean "idle_timeout"?',
    ),
    ("address: a.b\napiversion: binder/v1\n", '2:1: apiversion: unknown key; did you mean "apiVersion"?'),
    ("address: a.b\nport: 22\n", '2:1: port: unknown key; did you mean "ssh.port"? It goes below ssh:'),
    (
        "address: a.b\nssh_port: 22\n",
        '2:1: ssh_port: unknown key; did you mean "ssh.port"? It goes below ssh:',
    ),
    ("address: a.b\nssh: {hostname: b.c}\n", '2:7: ssh.hostname: unknown key; did you mean "hostname"?'),
    ("address: a.b\nnode: {ip: b.c}\n", '2:8: node.ip: unknown key; did you mean "address"?'),
    (
        "address: a.b\nssh: {sudo_password: x}\n",
        "2:7: ssh.sudo_password: unknown key; passwords and tokens are asked for or come from the "
        "environment, never from a file",
    ),
    (
        "address: a.b\nssh: {zzz: x}\n",
        "2:7: ssh.zzz: unknown key; known here: user, port, key, config, jump",
    ),
]

VALUES = [
    (
        "address: http://a.b/\n",
        '1:10: address: "http://a.b/" is not a DNS name or an IP address; '
        "only the name, without http:// and without a path",
    ),
    (
        "address: root@a.b\n",
        '1:10: address: "root@a.b" is not a DNS name or an IP address; '
        "only the name or IP address; the user goes to ssh.user",
    ),
    (
        "address: a.b:22\n",
        '1:10: address: "a.b:22" is not a DNS name or an IP address; '
        "only the name or IP address; the port goes to ssh.port, and IPv6 has no brackets here",
    ),
    (
        "address: 'fe80::1%eth0'\n",
        '1:10: address: "fe80::1%eth0" is not a DNS name or an IP address; '
        "IPv6 zones (%eth0) are not supported: use a global address or a DNS name",
    ),
    (
        "address: münchen.example\n",
        '1:10: address: "münchen.example" is not a DNS name or an IP address; '
        'write it in ASCII: "xn--mnchen-3ya.example"',
    ),
    ("address: a_b\n", f'1:10: address: "a_b" is not a DNS name or an IP address; {NAME_HINT}'),
    (
        "address: ''\n",
        '1:10: address: "" is not a DNS name or an IP address; give the name or IP address of the machine',
    ),
    (
        "address: 1.2.3.999\n",
        '1:10: address: "1.2.3.999" is not an IPv4 address; it has four numbers from 0 to 255',
    ),
    (
        "address: a.b\nhostname: 1.2.3.4\n",
        '2:11: hostname: "1.2.3.4" is an IP address, not a DNS name; leave hostname out: address is used',
    ),
    ("address: a.b\nssh: {user: 'a b'}\n", f'2:13: ssh.user: "a b" is not a login name; {USER_HINT}'),
    (
        "address: a.b\nssh: {jump: 'a:b'}\n",
        '2:13: ssh.jump: "b" is not a port; a whole number from 1 to 65535',
    ),
    (
        "address: a.b\nssh: {jump: 'a,'}\n",
        '2:13: ssh.jump: "" is not a DNS name or an IP address; give the name or IP address of the machine',
    ),
    (
        "address: a.b\nssh: {jump: '[a]'}\n",
        '2:13: ssh.jump: "a" is not an IPv6 address; brackets are for IPv6 only: user@[::1]:22',
    ),
    (
        "address: a.b\nsessions: {memory_limit: 2GB}\n",
        '2:26: sessions.memory_limit: "2GB" is not a size in JupyterHub\'s units; '
        f'did you mean "2G"? {JUPYTERHUB}',
    ),
    (
        "address: a.b\nbuilds: {memory_limit: 2GB}\n",
        '2:24: builds.memory_limit: "2GB" is not a size in Kubernetes\' units; '
        'did you mean "2G" (powers of 1000) or "2Gi" (powers of 1024)?',
    ),
    (
        "address: a.b\nsessions: {idle_timeout: 10min}\n",
        '2:26: sessions.idle_timeout: "10min" is not a time; did you mean "10m"?',
    ),
    (
        "address: a.b\nsessions: {idle_timeout: 0s}\n",
        '2:26: sessions.idle_timeout: "0s" is no time at all; it must be at least a second',
    ),
    (
        "address: a.b\nnode: {name: My_Node}\n",
        '2:14: node.name: "My_Node" is not a Kubernetes name; '
        "lower-case letters, digits and -, no - at either end, at most 63",
    ),
    (
        "address: a.b\nrelease: {namespace: kube-system}\n",
        '2:22: release.namespace: "kube-system" is one of Kubernetes\' own namespaces; '
        'any other name, such as "binder"',
    ),
    (
        "address: a.b\nrelease: {repo2docker_image: 'a b'}\n",
        '2:30: release.repo2docker_image: "a b" is not an image name; '
        'write it as in "quay.io/jupyterhub/repo2docker:2026.1"',
    ),
    (
        "address: a.b\nrelease: {repo2docker_image: 'h:5000/a'}\n",
        '2:30: release.repo2docker_image: "h:5000/a" has no tag; '
        "add :TAG or @sha256:DIGEST, so that it cannot change by itself",
    ),
    ("address: a.b\nurl: ftp://a.b\n", f'2:6: url: "ftp://a.b" is not an http or https URL; {URL_HINT}'),
    ("address: a.b\nurl: a.b\n", f'2:6: url: "a.b" is not an http or https URL; {URL_HINT}'),
    ("address: a.b\nurl: http://a.b:x\n", f'2:6: url: "http://a.b:x" is not a URL; {URL_HINT}'),
    (
        "address: a.b\nurl: http://a.b/jupyter?x\n",
        '2:6: url: "http://a.b/jupyter?x" has more than scheme, host and port; did you mean "http://a.b"?',
    ),
    (
        "address: a.b\nurl: http://me:pw@a.b\n",
        '2:6: url: "http://me:pw@a.b" has more than scheme, host and port; did you mean "http://a.b"?',
    ),
]

ACME_HINT = "add hostname: binder.example.org, or domain:"
TLS = [
    ("address: a.b\ntls: acme\n", f"2:6: tls: acme needs a public DNS name; {ACME_HINT}"),
    (
        "address: a.b\ntls: off\n",
        '2:6: tls: off is text for some programs and false for others; write false, or "off" for the text',
    ),
    (
        "address: a.b\nhostname: b.c\ntls: acmee\n",
        "3:6: tls.mode: \"acmee\" is not one of 'off', 'own-ca', 'files' or 'acme'; did you mean \"acme\"?",
    ),
    (
        "address: a.b\ntls: {mode: files, key: k}\n",
        "2:13: tls.certificate: tls.mode files needs certificate; add certificate: and its path",
    ),
    (
        "address: a.b\ntls: {mode: own-ca, key: k}\n",
        "2:26: tls.key: key is for files, tls.mode is own-ca; write mode: files, or remove the line",
    ),
    (
        "address: a.b\ntls: {mode: own-ca, email: a@b.c}\n",
        "2:28: tls.email: email is for acme, tls.mode is own-ca; remove the line",
    ),
    (
        "address: a.b\nhostname: b.c\ntls: {mode: acme, email: 'a b@c'}\n",
        '3:26: tls.email: "a b@c" is not an e-mail address; as in "admin@example.org"',
    ),
    (
        "address: a.b\nhostname: b.c\ntls: {mode: acme, acme: {directory: 'https://a/{b}'}}\n",
        '3:37: tls.acme.directory: "https://a/{b}" is not the URL of an ACME directory; '
        'as in "https://acme-v02.api.letsencrypt.org/directory"',
    ),
    (
        "address: a.b\nhostname: b.c\ndomain: c.d\n",
        "3:9: domain: there is a hostname already; hostname for one name, domain for two: "
        "keep one of the lines",
    ),
    (
        "address: a.b\ndomain: c.d\nurl: http://c.d\n",
        "3:6: url: with domain there are two URLs, and both follow from it; "
        "remove url, or use hostname instead of domain",
    ),
    (
        "address: a.b\ntls: own-ca\nurl: http://a.b\n",
        "3:6: url: tls.mode is own-ca, and this URL is not https; write https://",
    ),
]

NETWORKS = [
    (
        "address: a.b\nnetwork: {pod_cidr: 10.42.0.0}\n",
        '2:21: network.pod_cidr: "10.42.0.0" is not the first address of a network; '
        'did you mean "10.42.0.0/32"?',
    ),
    (
        "address: a.b\nnetwork: {pod_cidr: 10.42.1.0/16}\n",
        '2:21: network.pod_cidr: "10.42.1.0/16" is not the first address of a network; '
        'did you mean "10.42.0.0/16"?',
    ),
    (
        "address: a.b\nnetwork: {pod_cidr: fd00::/48}\n",
        '2:21: network.pod_cidr: "fd00::/48" is not an IPv4 network; write it as in "10.42.0.0/16"',
    ),
    (
        "address: a.b\nnetwork: {pod_cidr: 8.8.0.0/16}\n",
        f'2:21: network.pod_cidr: "8.8.0.0/16" is public; {PRIVATE}',
    ),
    (
        "address: a.b\nnetwork: {pod_cidr: 127.0.0.0/16}\n",
        '2:21: network.pod_cidr: "127.0.0.0/16" has a special meaning; use a network in 10.0.0.0/8',
    ),
    (
        "address: a.b\nnetwork: {pod_cidr: 10.42.0.0/25}\n",
        "2:21: network.pod_cidr: 10.42.0.0/25 is too small; the number behind the slash goes from 8 to 24",
    ),
    (
        "address: a.b\nnetwork: {service_cidr: 10.43.0.0/27}\n",
        "2:25: network.service_cidr: 10.43.0.0/27 is too small; "
        "the number behind the slash goes from 12 to 22",
    ),
    (
        "address: a.b\nnetwork: {service_cidr: 11.0.0.0/8}\n",
        f'2:25: network.service_cidr: "11.0.0.0/8" is public; {PRIVATE}',
    ),
    (
        "address: a.b\nnetwork: {service_cidr: 10.0.0.0/8}\n",
        "2:25: network.service_cidr: 10.0.0.0/8 is too large; the number behind the slash goes from 12 to 22",
    ),
    (
        "address: a.b\nnetwork: {service_cidr: 10.42.128.0/20}\n",
        "2:25: network.service_cidr: service_cidr (10.42.128.0/20) overlaps pod_cidr (10.42.0.0/16); "
        "choose two networks without a common address, as 10.42.0.0/16 and 10.43.0.0/16",
    ),
    (
        "address: a.b\nnetwork: {pod_cidr: 10.43.0.0/24}\n",
        "2:21: network.service_cidr: service_cidr (10.43.0.0/16) overlaps pod_cidr (10.43.0.0/24); "
        "choose two networks without a common address, as 10.42.0.0/16 and 10.43.0.0/16",
    ),
    (
        "address: 10.42.3.4\n",
        "1:10: network: the host's address 10.42.3.4 is inside network.pod_cidr (10.42.0.0/16); "
        "choose another network.pod_cidr, such as 172.20.0.0/16",
    ),
]

PAIRS = [
    (
        "address: a.b\nsessions: {memory_guarantee: 4G}\n",
        "2:30: sessions.memory_limit: memory_limit (2G) is less than memory_guarantee (4G); "
        "raise memory_limit to 4G or more, or lower memory_guarantee",
    ),
    (
        "address: a.b\nsessions: {memory_guarantee: 1G, memory_limit: 512M}\n",
        "2:48: sessions.memory_limit: memory_limit (512M) is less than memory_guarantee (1G); "
        "raise memory_limit to 1G or more, or lower memory_guarantee",
    ),
    (
        "address: a.b\nsessions: {cpu_guarantee: 2}\n",
        "2:27: sessions.cpu_limit: cpu_limit (1) is less than cpu_guarantee (2); "
        "raise cpu_limit to 2 or more, or lower cpu_guarantee",
    ),
    (
        "address: a.b\nsessions: {idle_timeout: 12h}\n",
        "2:26: sessions.max_age: max_age (12h) is not longer than idle_timeout (12h); "
        "raise max_age above 12h, or lower idle_timeout",
    ),
]


@pytest.mark.parametrize(
    ("text", "said"), [*STRUCTURE, *SYNTAX, *SCALARS, *TYPES, *KEYS, *VALUES, *TLS, *NETWORKS, *PAIRS]
)
def test_what_is_said(text: str, said: str) -> None:
    with pytest.raises(HostFileError) as caught:
        config.loads(text, "h.yaml")
    heads = [line for line in str(caught.value).splitlines() if line.startswith("h.yaml")]
    assert f"h.yaml:{said}" in heads
    assert caught.value.hint and caught.value.hint.startswith("nothing was touched; correct h.yaml (")
    assert isinstance(caught.value, ConfigError)


@pytest.mark.parametrize(("text", "said"), [*SCALARS, *KEYS, *VALUES, *TLS, *NETWORKS, *PAIRS])
def test_one_mistake_is_one_problem(text: str, said: str) -> None:
    with pytest.raises(HostFileError) as caught:
        config.loads(text, "h.yaml")
    assert len(caught.value.problems) == 1


def test_everything_is_said_at_once_in_the_order_of_the_file_with_line_and_caret() -> None:
    text = """\
# a lab
adress: 1.2.3.4
ssh:
  port: "22"
  port: 0755
sessions:
  memory_limit: 1GB  # megabytes?
"""
    with pytest.raises(HostFileError) as caught:
        config.loads(text, "lab.yaml")
    assert (
        str(caught.value)
        == """\
lab.yaml:2:1: address: this line is missing; write the machine to connect to, as in \
"address: vm.example.org"; IPv6 without brackets
   | adress: 1.2.3.4
   | ^
lab.yaml:2:1: adress: unknown key; did you mean "address"?
   | adress: 1.2.3.4
   | ^
lab.yaml:4:9: ssh.port: this is text ("22"), a whole number is wanted; remove the quotes: 22
   |   port: "22"
   |         ^
lab.yaml:5:3: ssh.port: this key is already on line 4; remove one of the two
   |   port: 0755
   |   ^
lab.yaml:5:9: ssh.port: 0755 is the octal 493 for some programs and the number 755 for others; \
write "0755" for text (a file mode, say), or the number without the 0 in front
   |   port: 0755
   |         ^
lab.yaml:7:17: sessions.memory_limit: "1GB" is not a size in JupyterHub's units; did you mean "1G"? \
JupyterHub has K, M, G, T, and 1G = 1024^3 bytes
   |   memory_limit: 1GB  # megabytes?
   |                 ^"""
    )
    assert caught.value.hint == "nothing was touched; correct lab.yaml (6 problems) and try again"
    assert [p.key for p in caught.value.problems][:2] == ["address", "adress"]


def test_every_line_that_a_tab_indents_is_told() -> None:
    with pytest.raises(HostFileError) as caught:
        config.loads("address: a.b\nssh:\n\tuser: a\n\tport: 1\n", "h.yaml")
    assert [p.mark and (p.mark.line, p.mark.column) for p in caught.value.problems] == [(3, 1), (4, 1)]


def test_many_problems_are_cut_and_counted() -> None:
    with pytest.raises(HostFileError) as caught:
        config.loads("address: a.b\n" + "".join(f"x{i}: 1\n" for i in range(50)), "h.yaml")
    assert str(caught.value).endswith("… and 30 more")
    assert len(caught.value.problems) == 50


def test_the_caret_stands_below_the_place_in_wide_and_in_long_lines() -> None:
    with pytest.raises(HostFileError) as wide:
        config.loads("address: a.b\nrelease: {extra_values: {日本: 0755}}\n", "h.yaml")
    assert str(wide.value).splitlines()[-1] == "   | " + " " * 31 + "^"
    with pytest.raises(HostFileError) as long:
        config.loads("address: a.b\nssh: {" + " " * 500 + "prt: 1}\n", "h.yaml")
    line, caret = str(long.value).splitlines()[-2:]
    assert len(line) <= 110
    assert line[caret.index("^") :].startswith("prt: 1}")
