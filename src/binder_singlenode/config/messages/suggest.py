"""Suggest the right key for an unknown key."""

import difflib
import re
from collections.abc import Sequence

from pydantic import BaseModel

from binder_singlenode.base.masking import names_secret
from binder_singlenode.config.model.host import Host

# Names in other programs -> name of the field here.
_ELSEWHERE = {
    "host": "address",
    "ip": "address",
    "server": "address",
    "sshhost": "address",
    "https": "tls.mode",
    "ssl": "tls.mode",
    "letsencrypt": "tls.mode",
    "fullchain": "tls.certificate",
    "fqdn": "hostname",
    "dnsname": "hostname",
    "username": "ssh.user",
    "identityfile": "ssh.key",
    "privatekey": "ssh.key",
    "proxyjump": "ssh.jump",
    "memory": "sessions.memory_limit",
    "githubtoken": "github.token",
    "gitlabtoken": "gitlab.token",
    "githubaccesstoken": "github.token",
    "gitlabaccesstoken": "gitlab.token",
    "accesstoken": "github.token",
    "privatetoken": "gitlab.token",
    "httpproxy": "proxy.http",
    "httpsproxy": "proxy.https",
    "auth": "sign_in.provider",
    "authenticator": "sign_in.provider",
    "login": "sign_in.provider",
    "values": "release.extra_values",
    "helmvalues": "release.extra_values",
}
_SECRETS = ("password", "sudopassword", "secret", "passphrase")


def meant_key(location: Sequence[str | int]) -> str:
    """Hint for the unknown key at `location`: the probable key, a remedy, or the keys that exist there."""
    *section, key = (str(step) for step in location)
    plain = letters(key)
    if plain in _SECRETS or re.fullmatch(r"(?:sudo|root|user|login|ssh)?(?:pass|pwd|pw|passwd)", plain):
        return "passwords and tokens are asked for or come from the environment, never from a file"
    here = list(_model_at(section).model_fields)
    if section == [] and plain in _ELSEWHERE and "." in _ELSEWHERE[plain] and names_secret(key):
        return _below(_ELSEWHERE[plain])  # github_token is github.token, not github
    same = [name for name in here if letters(name) == plain]
    close = same or difflib.get_close_matches(key.lower(), here, n=1, cutoff=0.6)
    if close:
        return f'did you mean "{close[0]}"?'
    other = _elsewhere(plain)
    if other:
        return _below(other)
    return f"known here: {', '.join(here)}"


def _below(name: str) -> str:
    section, dot, _ = name.partition(".")
    return f'did you mean "{name}"?' + (f" It goes below {section}:" if dot else "")


def _elsewhere(plain: str) -> str | None:
    """The dotted name of the field that has this name in another section or in other programs."""
    for name, info in Host.model_fields.items():
        if letters(name) == plain:
            return name
        section = info.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            for inner in section.model_fields:
                if letters(inner) == plain or letters(name + inner) == plain:
                    return f"{name}.{inner}"
    return _ELSEWHERE.get(plain)


def _model_at(section: Sequence[str]) -> type[BaseModel]:
    model: type[BaseModel] = Host
    for name in section:
        inner = model.model_fields[name].annotation
        assert isinstance(inner, type) and issubclass(inner, BaseModel)  # only models forbid extra keys
        model = inner
    return model


def letters(name: str) -> str:
    """The name without capitals, underscores and other signs, to compare what people write."""
    return re.sub(r"[^a-z0-9]", "", name.lower())
