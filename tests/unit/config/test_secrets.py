"""Secrets in host files: references are read, all else is refused, and no error repeats what stood there."""

from pathlib import Path

import pytest

from binder_singlenode import config
from binder_singlenode.config import HostFileError, SecretRef

SECRET = "ghp_0123456789abcdefghijABCDEFGHIJ012345"
HEAD = "address: a.b\n"
FORMS = (
    "this is not env:NAME, file:PATH or age:PATH (what stands here is not shown); keep the secret in a "
    "variable or a file; if this was a real token, revoke it and make a new one"
)
NOT_SHOWN = "YAML may read this as true or false (it is not shown); put it in quotes"
VARIABLE = (
    "what stands behind env: is not the name of a variable (it is not shown); capital letters, digits and _, "
    "as in env:GITHUB_TOKEN"
)


def refused(text: str) -> str:
    """What is said about a text."""
    with pytest.raises(HostFileError) as caught:
        config.loads(text, "h.yaml")
    assert SECRET not in repr(caught.value) + repr(caught.value.problems) + str(caught.value.hint)
    return str(caught.value)


MESSAGES = [
    (f"github: {{token: {SECRET}}}\n", f"2:17: github.token: {FORMS}"),
    (f"gitlab:\n  token: {SECRET}  # mine\n", f"3:10: gitlab.token: {FORMS}"),
    (f"gitlab:\n  token:\n    {SECRET}\n", f"4:5: gitlab.token: {FORMS}"),
    (f"sign_in:\n  client_secret: |\n    {SECRET}\n", f"3:18: sign_in.client_secret: {FORMS}"),
    (f"github: {{token: [{SECRET}]}}\n", f"2:17: github.token: {FORMS}"),
    ("github: {token: 12345678}\n", f"2:17: github.token: {FORMS}"),
    ("github: {token: 0123}\n", f"2:17: github.token: {NOT_SHOWN}"),
    (f"github: {{token: vault:{SECRET}}}\n", f"2:17: github.token: {FORMS}"),
    (f"github: {{token: env:{SECRET}}}\n", f"2:17: github.token: {VARIABLE}"),
    (
        "github: {token: 'file:'}\n",
        "2:17: github.token: there is no path behind file:; write it as in file:secrets/token",
    ),
    (
        "github: {token: 'age:~nobody-of-this-name/x'}\n",
        '2:17: github.token: "~nobody-of-this-name/x" begins with ~ and that home folder is unknown; '
        "write the whole path",
    ),
    (
        f"github: {SECRET}\n",
        "2:9: github: expected a section (indented key: value lines), found text (it is not shown)",
    ),
    (f"github:\n  - {SECRET}\n", "3:3: github: expected a section (indented key: value lines), found a list"),
    (f"github: {{tokn: {SECRET}}}\n", '2:10: github.tokn: unknown key; did you mean "token"?'),
    (
        f"github: {{private_repositories: {SECRET}}}\n",
        "2:32: github.private_repositories: expected true or false, found text (it is not shown)",
    ),
    (f"token: {SECRET}\n", '2:1: token: unknown key; did you mean "github.token"? It goes below github:'),
    (f'github:\n  token: "{SECRET}\n', "3:10: a quote is opened and never closed; add the closing quote"),
    (
        f"github: {{token: env:A}}\ngithub: {{token: {SECRET}}}\n",
        "3:1: github: this key is already on line 2; remove one of the two",
    ),
]


@pytest.mark.parametrize(("text", "said"), MESSAGES, ids=[said for _, said in MESSAGES])
def test_what_is_said_and_that_it_is_not_repeated(text: str, said: str) -> None:
    assert f"h.yaml:{said}" in refused(HEAD + text).splitlines()


def test_the_line_is_shown_without_its_value() -> None:
    assert refused(f"{HEAD}github:\n  token: {SECRET}\n").splitlines()[1:] == [
        "   |   token: ********",
        "   |          ^",
    ]


def test_a_problem_beside_a_secret_does_not_show_it() -> None:
    """extra_values may hold secrets in clear; what is wrong is on the same line."""
    said = refused(f"{HEAD}release: {{extra_values: {{password: {SECRET}, x: 0755}}}}\n")
    assert "release.extra_values.x: 0755 is the octal" in said


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("env:GITHUB_TOKEN", None),
        ("file:a b.txt", "{folder}/a b.txt"),
        ("age:/x/token.age", "/x/token.age"),
        ("age:~/token.age", "{home}/token.age"),
    ],
)
def test_references(text: str, path: str | None, tmp_path: Path) -> None:
    """A relative path starts at the host file."""
    file = tmp_path / "lab.yaml"
    file.write_text(f'{HEAD}github: {{token: "{text}"}}\n')
    token = config.load(file, check_files=False).github.token
    assert token and str(token) == text
    wanted = path and path.format(folder=tmp_path, home=Path.home())
    assert token == SecretRef(token.kind, text.partition(":")[2], Path(wanted) if wanted else None)


FILES = [
    (
        "file:gone",
        '3:10: github.token: "{folder}/gone": no such file or directory; make the file, or correct',
    ),
    (
        "file:folder",
        '3:10: github.token: "{folder}/folder" is not a file; give the file itself, not its folder',
    ),
    ("file:open", '3:10: github.token: "{folder}/open" can be read by other users; chmod 600 {folder}/open'),
    ("age:gone", '3:10: github.token: "{folder}/gone": no such file or directory; make the file, or correct'),
]


@pytest.mark.parametrize(("reference", "said"), FILES)
def test_files_are_looked_at_when_a_host_file_is_loaded(reference: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "open").write_text(SECRET)
    (tmp_path / "open").chmod(0o640)
    host_file = tmp_path / "lab.yaml"
    host_file.write_text(f"{HEAD}github:\n  token: {reference}\n")
    with pytest.raises(HostFileError) as caught:
        config.load(host_file)
    assert f"{host_file}:{said.format(folder=tmp_path)}" in str(caught.value)
    assert SECRET not in str(caught.value)
    assert config.load(host_file, check_files=False).github.token


PEOPLE = [
    (
        "github:\n  private_repositories: true\n",
        "3:25: github.private_repositories: private repositories need a token that may read them; "
        "add a line token: beside it, as in token: env:GIT_TOKEN",
    ),
    (
        "sign_in: {provider: github, client_secret: env:A, allowed: {users: [a]}}\n",
        "2:21: sign_in.client_id: sign-in through github needs client_id; "
        "the provider shows it where the application is registered; add client_id:",
    ),
    (
        "sign_in: {provider: gitlab, client_id: a, allowed: {users: [a]}}\n",
        "2:21: sign_in.client_secret: sign-in through gitlab needs client_secret; "
        "the provider shows it where the application is registered; add client_secret:",
    ),
    (
        "sign_in: {provider: oidc, client_id: a, client_secret: env:A, authorize_url: 'https://a', "
        "userdata_url: 'https://a', allowed: {users: [a]}}\n",
        "2:21: sign_in.token_url: sign-in through oidc needs token_url; "
        "the provider shows it where the application is registered; add token_url:",
    ),
    (
        "sign_in: {provider: github, client_id: a, client_secret: env:A, token_url: 'https://a', "
        "allowed: {users: [a]}}\n",
        "2:76: sign_in.token_url: token_url is for oidc, the provider is github; "
        "remove the line; the address of the server goes to github.host",
    ),
    (
        "sign_in: {token_url: 'http://a'}\n",
        '2:22: sign_in.token_url: "http://a" is not an https URL; as in "https://login.example.org/oauth2/token"',
    ),
    (
        "sign_in: {provider: github, client_id: a, client_secret: env:A}\n",
        "2:21: sign_in.allowed: no user may sign in; "
        "name users, organizations or groups below allowed:, or write everyone: true",
    ),
    (
        "sign_in: {provider: gitlab, client_id: a, client_secret: env:A, allowed: {organizations: [b]}}\n",
        "2:74: sign_in.allowed: organizations are for github, the provider is gitlab; use groups instead",
    ),
    (
        "sign_in: {provider: github, client_id: a, client_secret: env:A, allowed: {groups: [b]}}\n",
        "2:74: sign_in.allowed: groups are for gitlab and oidc, the provider is github; "
        "use organizations instead",
    ),
    (
        "sign_in: {admins: [' a']}\n",
        '2:20: sign_in.admins[0]: " a" is not a name; one line of text without blanks around it',
    ),
    ("sign_in: {admins: alice}\n", '2:19: sign_in.admins: expected a list, found text ("alice")'),
    (
        "sign_in: {provider: ldap}\n",
        "2:21: sign_in.provider: \"ldap\" is not one of 'none', 'github', 'gitlab' or 'oidc'",
    ),
    (
        "sign_in: {allowed: {team: x}}\n",
        "2:21: sign_in.allowed.team: unknown key; known here: everyone, users, organizations, groups",
    ),
    ("auth: {}\n", '2:1: auth: unknown key; did you mean "sign_in.provider"? It goes below sign_in:'),
    (
        "proxy: {http: 'http://me:pw-0815@p:3128'}\n",
        "2:15: proxy.http: a proxy with a user name or password cannot be used (it is not shown); "
        "every session and build could read it: let the proxy know this host by its address",
    ),
    (
        "proxy: {no_proxy: ['a,b']}\n",
        '2:20: proxy.no_proxy[0]: "a,b" is not a name, a domain, an address or a network; '
        'write it as in "git.example.org", ".example.org" or "192.0.2.0/24"',
    ),
]


GROUP = "sign_in: {provider: github, client_id: a, client_secret: env:A, allowed: {users: [a]}}\n"
PEOPLE += [
    (
        "mode: persistent\n",
        "2:7: sign_in: mode persistent needs sign_in, because each home belongs to a user; "
        "add sign_in: with its provider, or write mode: binder",
    ),
    (
        "home: {users: 5}\n",
        "2:7: home: home is for persistent, mode is binder; write mode: persistent, or remove it",
    ),
    (
        f"mode: persistent\n{GROUP}home: {{size: 1Mi}}\n",
        '4:14: home.size: "1Mi" is too small for a home; at least 64Mi',
    ),
]


@pytest.mark.parametrize(("text", "said"), PEOPLE, ids=[said for _, said in PEOPLE])
def test_what_is_said_about_providers_sign_in_and_proxy(text: str, said: str) -> None:
    told = refused(HEAD + text)
    assert f"h.yaml:{said}" in told.splitlines()
    assert "pw-0815" not in told
