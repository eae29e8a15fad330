"""Single values that cannot be, and what is said: `line:column: key: words`."""

JUPYTERHUB = "JupyterHub has K, M, G, T, and 1G = 1024^3 bytes"
NAME_HINT = "letters, digits, - and dots, no - or dot at either end"
USER_HINT = "letters, digits, . _ + - and no - at the beginning, at most 64"
URL_HINT = 'only scheme, host and port, as in "http://127.0.0.1:8080"'
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
    ("address: a+b\n", f'1:10: address: "a+b" is not a DNS name or an IP address; {NAME_HINT}'),
    (
        "address: ''\n",
        '1:10: address: "" is not a DNS name or an IP address; give the name or IP address of the machine',
    ),
    (
        "address: 1.2.3.999\n",
        '1:10: address: "1.2.3.999" is not an IPv4 address; it has four numbers from 0 to 255',
    ),
    (
        "address: a.b\nhostname: a_b\n",
        f'2:11: hostname: "a_b" is not a DNS name or an IP address; {NAME_HINT}',
    ),
    (
        "address: a.b\nhostname: 1.2.3.4\n",
        '2:11: hostname: "1.2.3.4" is an IP address, not a DNS name; leave hostname out: address is used',
    ),
    ("address: a.b\nssh: {user: 'a b'}\n", f'2:13: ssh.user: "a b" is not a login name; {USER_HINT}'),
    (
        "address: a.b\nssh: {jump: 'a:b'}\n",
        "2:13: ssh.jump: what is behind the colon is not a port; a whole number from 1 to 65535",
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
        '2:26: sessions.idle_timeout: "0s" must be at least 1s',
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
        '2:6: url: "http://me:********@a.b" has more than scheme, host and port; did you mean "http://a.b"?',
    ),
]
