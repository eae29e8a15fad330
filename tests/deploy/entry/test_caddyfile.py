"""The Caddyfile of each mode, to the letter, and what comes with it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from binder_singlenode.config.secrets.tls_files import TlsFiles
from binder_singlenode.deploy.steps import entry
from binder_singlenode.layout import paths

from ..golden_file import agrees

ACME = "hostname: binder.example.org\ntls: {mode: acme, email: a@example.org, acme: {root_ca: ca.pem}}\n"
FILES = "domain: example.org\ntls: {mode: files, certificate: c.pem, key: k.pem}\n"
MODES = {
    "acme": ACME,
    "files": FILES,
    "own-ca": "tls: own-ca\n",
    "two-names": "domain: example.org\n",
}
KEY = "-----BEGIN PRIVATE KEY-----\nb64\n-----END PRIVATE KEY-----\n"
TEXTS = TlsFiles("certificate\n", KEY)


@pytest.mark.parametrize("mode", MODES)
def test_the_caddyfile(mode: str, make: Any, tmp_path: Path) -> None:
    found = {file.path: file for file in entry.files(make(tmp_path, f"address: 192.0.2.7\n{MODES[mode]}"))}
    assert agrees(f"Caddyfile-{mode}", found[paths.CADDYFILE].content)


def test_the_key_is_roots_alone_and_never_shown(make: Any, play: Any, answers: Any, tmp_path: Path) -> None:
    context = replace(make(tmp_path, f"address: 192.0.2.7\n{FILES}"), tls_files=TEXTS)
    assert KEY not in repr(context)
    walk = play(entry.entry, context, {})
    ran = walk.of(f"Write {paths.TLS_KEY}")
    assert "umask 077" in ran.commands[0] and f"chmod 600 {paths.TLS_KEY}.binder-new" in ran.commands[0]
    assert KEY not in ran.commands[0].partition("<<< stdin")[0]
    (key,) = [file for file in entry.files(context) if file.path == paths.TLS_KEY]
    assert (key.secret, key.mode, key.unit) == (True, "600", paths.ENTRY_UNIT)
    unit = walk.of(f"Write {paths.unit_path(paths.ENTRY_UNIT)}").commands[0]
    assert f"LoadCredential=tls-key.pem:{paths.TLS_KEY}\n" in unit
    assert play(entry.entry, context, answers(context)).changed == []


def test_files_that_are_no_longer_wanted_go(make: Any, play: Any, answers: Any, tmp_path: Path) -> None:
    context = replace(make(tmp_path, f"address: 192.0.2.7\n{FILES}"), tls_files=TEXTS)
    plain = make(tmp_path, "address: 192.0.2.7\n")
    walk = play(entry.entry, plain, answers(context))
    assert walk.of(f"Remove {paths.TLS_KEY}").commands == [f"rm -f {paths.TLS_KEY}"]
    assert walk.of(f"Remove {paths.TLS_CERTIFICATE}").changed
    assert not walk.of(f"Remove {paths.ACME_ROOT}").changed
    assert walk.of("Start the entry").changed
