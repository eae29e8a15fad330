"""One test per message: a wrong file, and exactly what is said about it. The files are in messages_*.py."""

import pytest

from binder_singlenode import config
from binder_singlenode.config import HostFileError
from binder_singlenode.errors import ConfigError

from .messages_keys import KEYS, TYPES
from .messages_pairs import NETWORKS, PAIRS, TLS
from .messages_values import VALUES
from .messages_yaml import SCALARS, STRUCTURE, SYNTAX


@pytest.mark.parametrize(
    ("text", "said"), [*STRUCTURE, *SYNTAX, *SCALARS, *TYPES, *KEYS, *VALUES, *TLS, *NETWORKS, *PAIRS]
)
def test_what_is_said(text: str, said: str) -> None:
    with pytest.raises(HostFileError) as caught:
        config.loads(text, "h.yaml")
    heads = [line for line in str(caught.value).splitlines() if line.startswith("h.yaml")]
    assert f"h.yaml:{said}" in heads
    assert caught.value.hint and caught.value.hint.startswith("nothing was changed; correct h.yaml (")
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
lab.yaml:4:9: ssh.port: expected a whole number, found text ("22"); remove the quotes: 22
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
    assert caught.value.hint == "nothing was changed; correct lab.yaml (6 problems) and try again"
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
