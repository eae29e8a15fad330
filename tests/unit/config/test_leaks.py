"""A secret in the wrong place of a host file is shown nowhere; broken files do not crash the loader."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from binder_singlenode import config
from binder_singlenode.config import HostFileError
from binder_singlenode.errors import ConfigError

from ...fuzz import cases

EXAMPLE = Path(__file__).parents[3] / "inventories" / "example.yaml"
PASSWORD = "Tr0ub4dor&3"
TOKENS = {
    "password": PASSWORD,
    "github": "ghp_0123456789abcdefghijABCDEFGHIJ012345",
    "gitlab": "glpat-Zx9kQ2mN7pL4rT8vW1yB",
    "hcloud": "jEheVytlAoFl7F8MqUQ7jAo2hOXASztXjEheVytlAoFl7F8MqUQ7jAo2hOXASztX",
    "age": "AGE-SECRET-KEY-1QQPQYRQSQGZQQPQYRQSQGZQQPQYRQSQGZQQPQYRQSQGZQQPQYR",
}
KEY_BODY = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtz"
PLACES = [
    "address: root:{0}@h\n",
    "address: root:{0}\n",
    "address: a.b\nssh:\n  user: root:{0}\n",
    "address: a.b\nssh:\n  jump: ops:{0}@gate:x\n",
    "address: a.b\nssh:\n  jump: ops:{0}\n",
    "address: a.b\nurl: https://me:{0}@b.example\n",
    "address: a.b\nproxy:\n  http: http://me:{0}@proxy:3128\n",
    "address: a.b\nhostname: b.c\ntls:\n  mode: acme\n  acme:\n    directory: https://me:{0}@ca/d\n",
    "address: a.b\nsign_in:\n  provider: oidc\n  authorize_url: https://me:{0}@idp/a\n",
    "address: a.b\nssh: {{pass: {0}}}\n",
    "address: a.b\nssh: {{pwd: {0}}}\n",
    "address: a.b\nssh:\n  password: {0}\n",
    "address: a.b\nssh:\n  sudo_pass: '{0}'\n  user: no\n",
    "address: a.b\nhcloud: {0}\n",
    "address: a.b\ngithub:\n  token: {0}\n",
    "address: a.b\ngithub_token: {0}\n",
    "address: a.b\ngithub: {0}\n",
    "address: a.b\nsign_in:\n  client_secret:\n    {0}\n  x: y\n",
    "address: a.b\nmy_token: >\n  {0}\n x\n",
]


def shown(text: str) -> str:
    """All that a person is shown about this host file."""
    try:
        config.loads(text, "h.yaml")
    except ConfigError as error:
        return f"{error}\n{error.hint}"
    return ""


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", TOKENS)
def test_a_secret_where_none_belongs_is_not_shown(place: str, kind: str) -> None:
    said = shown(place.format(TOKENS[kind]))
    assert said.startswith("h.yaml:"), "refused, with its place"
    assert TOKENS[kind] not in said


def test_a_token_as_the_user_of_a_url_is_not_shown() -> None:
    for token in TOKENS.values():
        if token != PASSWORD:
            assert token not in shown(f"address: a.b\nurl: https://m{token}@b.ex[l:e\n")


@pytest.mark.parametrize("field", ["ssh:\n  key", "ssh:\n  config", "tls:\n  mode: files\n  certificate"])
@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("-----BEGIN OPENSSH PRIVATE KEY-----", "-----END OPENSSH PRIVATE KEY-----"),
        ("-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"),
        ("PuTTY-User-Key-File-3: ssh-ed25519", "Private-MAC: 0123"),
        ("AGE-SECRET-KEY-1QQPQYRQSQGZQQPQYRQSQGZQQPQYRQSQGZ", ""),
    ],
)
def test_a_pasted_key_is_refused_as_a_path(field: str, first: str, last: str) -> None:
    said = shown(f"address: a.b\n{field}: |\n    {first}\n    {KEY_BODY}\n    {last}\n")
    assert "not a path but a key" in said
    assert KEY_BODY not in said and "QQPQYR" not in said


def test_a_pasted_key_that_breaks_the_file_is_not_shown() -> None:
    said = shown(f"address: a.b\nssh:\n  key: -----BEGIN OPENSSH PRIVATE KEY-----\n{KEY_BODY}\n: x\n")
    assert said and KEY_BODY not in said


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("address: a.b\nmode: persistent\n", "mode: persistent"),
        ("address: a.b\nsign_in: {allowed: {users: [no]}}\n", "users: [no]"),
        ("address: a.b\nssh: {prt: 1}\n", "prt: 1"),
        ("address: a.b\nimages: {store: s3}\n", "store: s3"),
        ("address: a.b\nrelease: {repo2docker_image: 'quay.io/x/y:1@sha256:0'}\n", "quay.io/x/y:1@sha256:0"),
    ],
)
def test_harmless_lines_are_shown(text: str, line: str) -> None:
    assert line in shown(text)


def test_keys_cannot_control_the_terminal() -> None:
    said = shown('address: a.b\n"\\e[2Jx": 1\n"\\u202egnp": 2\n')
    assert "\x1b" not in said and "\u202e" not in said and r"\x1b[2Jx" in said


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("address: a.b\nssh:\n  us\x07er: x\n", "3:5"),
        ("address:\x00a.b\n", "1:9"),
        ("address:\ta: b\n", "1:"),
    ],
)
def test_control_characters_have_a_place(text: str, place: str) -> None:
    assert shown(text).startswith(f"h.yaml:{place}")


SLIPS = ["", " ", "\n", "\t", ":", ": ", "'", '"', "{", "[", "- ", "@", "#", "|", "\x07", "é"]
LINES = EXAMPLE.read_text().splitlines()


def planted(seed: int) -> tuple[str, str]:
    """A host file with a secret in a place for none, damaged somewhere else by a few slips of the hand."""
    chance = random.Random(seed)
    token = chance.choice([value for name, value in TOKENS.items() if name != "password"])
    lines = chance.choice([EXAMPLE.read_text(), "", "", ""]).splitlines(keepends=True)
    at = chance.randrange(len(lines) + 1)
    lines[at:at] = chance.choice(PLACES).format(token).splitlines(keepends=True)
    text = "".join(lines)
    for _ in range(chance.randint(0, 4)):
        text = slipped(text, token, chance)
    return text, token


def slipped(text: str, token: str, chance: random.Random) -> str:
    """The text with one change outside of the token: characters lost, doubled, swapped or inserted."""
    before, found, after = text.partition(token)
    part = chance.choice([before[-40:] or "\n", after[:40] or "\n"])
    at = chance.randrange(len(part))
    size = chance.randint(0, 3)
    new = chance.choice(
        ["", " ", "\n", "\t", ":", ": ", "'", '"', "{", "[", "- ", "@", "#", "|", "\x07", "é"]
    )
    changed = part[:at] + new + part[at + size :]
    if before.endswith(part):
        return before[: len(before) - len(part)] + changed + found + after
    return before + found + changed + after[len(part) :]


@cases(2000)
@given(some.integers(0, 2**32))
def test_no_planted_secret_is_shown(seed: int) -> None:
    text, token = planted(seed)
    said = shown(text)
    assert token not in said, f"seed {seed}"
    assert all(character.isprintable() for line in said.splitlines() for character in line)


@cases(300)
@given(
    some.text(max_size=300) | some.lists(some.sampled_from(EXAMPLE.read_text().splitlines())).map("\n".join)
)
def test_any_text_is_a_host_or_an_error(text: str) -> None:
    try:
        config.loads(text, "h.yaml")
    except HostFileError as error:
        assert error.problems
