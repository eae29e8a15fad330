"""Keys that are missing or unknown, values of the wrong type, and what is said: `line:column: key: words`."""

ADDRESS_HINT = 'write the machine to connect to, as in "address: vm.example.org"; IPv6 without brackets'
TYPES = [
    ("ssh: {}\n", f"1:1: address: this line is missing; {ADDRESS_HINT}"),
    ("address:\n", f"1:1: address: expected text, found nothing; {ADDRESS_HINT}"),
    ("address: 10.0\n", f"1:10: address: expected text, found a number; {ADDRESS_HINT}"),
    ("address: [::1]\n", f"1:10: address: expected text, found a list; {ADDRESS_HINT}"),
    ("address: {a: b}\n", f"1:10: address: expected text, found a group of keys; {ADDRESS_HINT}"),
    (
        "apiVersion: binder/v2\naddress: a.b\n",
        '1:13: apiVersion: "binder/v2" is of a newer version of binder-singlenode; '
        "install that version to use this file",
    ),
    (
        "address: a.b\nimages: {store: s3}\n",
        "2:17: images.store: \"s3\" is not one of 'registry' or 'shared'",
    ),
    (
        "address: a.b\nssh: {port: '22'}\n",
        '2:13: ssh.port: expected a whole number, found text ("22"); remove the quotes: 22',
    ),
    (
        "address: a.b\nssh: {port: ssh}\n",
        '2:13: ssh.port: expected a whole number, found text ("ssh"); write digits only',
    ),
    ("address: a.b\nssh: {port: 22.5}\n", "2:13: ssh.port: expected a whole number, found a number"),
    ("address: a.b\nssh: {port: true}\n", "2:13: ssh.port: expected a whole number, found true or false"),
    ("address: a.b\nssh: {port: 0}\n", "2:13: ssh.port: 0 is too small; it must be at least 1"),
    ("address: a.b\nssh: {port: 65536}\n", "2:13: ssh.port: 65536 is too large; it must be at most 65535"),
    (
        "address: a.b\nsessions: {cpu_limit: 0}\n",
        "2:23: sessions.cpu_limit: 0 is too small; it must be at least 0.01",
    ),
    (
        "address: a.b\nsessions: {cpu_limit: 500m}\n",
        '2:23: sessions.cpu_limit: expected a number, found text ("500m"); did you mean 0.5?',
    ),
    (
        "address: a.b\nsessions: {memory_limit: 2}\n",
        '2:26: sessions.memory_limit: expected text, found a number; for example "1G"',
    ),
    (
        "address: a.b\nbuilds: {memory_limit: ~}\n",
        '2:24: builds.memory_limit: expected text, found nothing; for example "2G"',
    ),
    (
        "address: a.b\nnode: {reserved_memory: 2}\n",
        '2:25: node.reserved_memory: expected text, found a number; for example "2G"',
    ),
    ("address: a.b\nhostname: 5\n", "2:11: hostname: expected text, found a number; put it in quotes"),
    (
        "address: a.b\nmaintenance: true\n",
        "2:14: maintenance: expected text, found true or false; put it in quotes",
    ),
    (
        "address: a.b\nmaintenance: ' '\n",
        "2:14: maintenance: visitors can't read this as one line; write 1 to 500 characters, as in "
        '"A new disk; back at 15:00 UTC."',
    ),
    (
        "address: a.b\nnetwork: {firewall: 'true'}\n",
        '2:21: network.firewall: expected true or false, found text ("true")',
    ),
    (
        "address: a.b\nssh: root\n",
        '2:6: ssh: expected a section (indented key: value lines), found text ("root")',
    ),
    ("address: a.b\nssh: [a]\n", "2:6: ssh: expected a section (indented key: value lines), found a list"),
    (
        "address: a.b\nrelease: {extra_values: []}\n",
        "2:25: release.extra_values: expected a section (indented key: value lines), found a list",
    ),
    ("address: a.b\nssh: {key: 5}\n", "2:12: ssh.key: expected a path, found a number"),
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
