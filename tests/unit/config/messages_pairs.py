"""Values that do not go together (TLS, networks, limits), and what is said: `line:column: key: words`."""

PRIVATE = "use a private network, such as one in 10.0.0.0/8"
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
        "address: a.b\nnetwork: {trusted_proxies: [proxy.example.org]}\n",
        '2:29: network.trusted_proxies[0]: "proxy.example.org" is not an IP address or a network; '
        'write it as in "192.0.2.20" or "192.0.2.0/28"; names are not looked up',
    ),
    (
        "address: a.b\nnetwork: {trusted_proxies: [192.0.2.20/28]}\n",
        '2:29: network.trusted_proxies[0]: "192.0.2.20/28" is not the first address of a network; '
        'did you mean "192.0.2.16/28", or only "192.0.2.20"?',
    ),
    (
        "address: a.b\nnetwork: {trusted_proxies: ['::/0']}\n",
        '2:29: network.trusted_proxies[0]: "::/0" is too large: a visitor inside it could claim any address; '
        "list the addresses of the proxies themselves",
    ),
    (
        "address: a.b\nnetwork: {trusted_proxies: ['::ffff:192.0.2.20']}\n",
        '2:29: network.trusted_proxies[0]: "::ffff:192.0.2.20" is an IPv4 address; write it as "192.0.2.20"',
    ),
    (
        "address: a.b\nnetwork: {trusted_proxies: [224.0.0.1]}\n",
        '2:29: network.trusted_proxies[0]: "224.0.0.1" is no address of a machine; '
        "list the proxies' addresses",
    ),
    (
        "address: a.b\nnetwork: {trusted_proxies: [10.0.0.0/8]}\n",
        "2:28: network.trusted_proxies: 10.0.0.0/8 overlaps pod_cidr (10.42.0.0/16): sessions and builds "
        "could claim any address; list the addresses of the proxies themselves",
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
    ("address: a.b\ntls: true\n", '2:6: tls: write one of: "off", acme, files, own-ca'),
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
