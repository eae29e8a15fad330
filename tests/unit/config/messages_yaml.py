"""Files that are not the YAML we read, and what is said: `line:column: key: words`."""

TOP = 'the file needs at least a line such as "address: vm.example.org"'
EMPTY = 'the file is empty; it needs at least a line such as "address: vm.example.org"'
COLON = (
    "a ':' where none can be; compare with the line above: a space missing after ':', a wrong indent, "
    "or text that needs quotes"
)
INDENT = "this does not line up with the lines above; indent keys of one level equally"
STRUCTURE = [
    ("", f"1:1: {EMPTY}"),
    ("# only a comment\n", f"1:1: {EMPTY}"),
    ("---\n", f"1:1: {EMPTY}"),
    ("- address: a.b\n", f"1:1: expected indented key: value lines, found a list; {TOP}"),
    ("vm.example.org\n", f"1:1: expected indented key: value lines, found a single value; {TOP}"),
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
    (
        "address: a.b\n\tssh: 1\n",
        "2:1: a tab indents this line; YAML indents with spaces: two for each level",
    ),
    (
        "ssh:\n  user: a\n  \tport: 1\n",
        "3:3: a tab indents this line; YAML indents with spaces: two for each level",
    ),
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
