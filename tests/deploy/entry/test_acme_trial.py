"""A directory for trials is asked before the one that counts: on pyinfra's @fake, and with a real Caddy."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from binder_singlenode.base.render import render
from binder_singlenode.deploy.operations import acme_trial
from binder_singlenode.deploy.steps import entry
from binder_singlenode.layout import paths

from ..conftest import HOST_FILE, finished
from ..golden_file import agrees
from .acme_bed import Pebble
from .entry_bed import free_port

REAL = "https://acme-v02.api.letsencrypt.org/directory"
TRIAL = "https://acme-staging-v02.api.letsencrypt.org/directory"
OWN = "https://ca.example.org/dir"
NAMED = f"{HOST_FILE}hostname: binder.example.org\n"
ACME = f"{NAMED}tls: {{mode: acme, email: a@example.org}}\n"
TRY = f"Try {TRIAL} for certificates"


@pytest.mark.parametrize(
    ("acme", "asked"),
    [
        ("{}", TRIAL),
        (f"{{trial: '{REAL}'}}", None),
        (f"{{directory: '{OWN}'}}", None),
        (f"{{directory: '{OWN}', trial: '{OWN}/trial'}}", f"{OWN}/trial"),
        (f"{{directory: '{TRIAL}'}}", None),
    ],
)
def test_whom_a_trial_asks(acme: str, asked: str | None, make: Any, tmp_path: Path) -> None:
    found = acme_trial.trial(make(tmp_path, f"{NAMED}tls: {{mode: acme, acme: {acme}}}\n"))
    assert (found.directory if found else None) == asked


@pytest.mark.parametrize("mode", ["own-ca", '"off"'])
def test_others_need_none(mode: str, make: Any, tmp_path: Path) -> None:
    assert acme_trial.trial(make(tmp_path, f"{NAMED}tls: {mode}\n")) is None


def test_the_trial_comes_before_the_entry_is_changed_and_is_not_repeated(
    play: Any, make: Any, tmp_path: Path
) -> None:
    plain, context = make(tmp_path, NAMED), make(tmp_path, ACME)
    walk = play(entry.entry, context, finished(plain))
    assert walk.changed == [TRY, f"Write {paths.CADDYFILE}", "Start the entry"]
    assert agrees("acme-trial.txt", "\n".join(walk.of(TRY).commands))
    assert play(entry.entry, context, finished(context)).changed == []
    other = make(tmp_path, ACME.replace("binder.example", "hub.example"))
    assert play(entry.entry, other, finished(context)).changed[0] == TRY


SYSTEMD = {
    # Runs what follows the options, with the one credential, and notes its number.
    "systemd-run": """
while [ "${1#--}" != "$1" ]; do
    file="${2#LoadCredential=}"
    [ "$file" = "$2" ] || { mkdir -p "$BED/given"; cp "${file#*:}" "$BED/given/${file%%:*}"; }
    case "$1" in --quiet|--collect) shift ;; *) shift 2 ;; esac
done
rm -f "$BED/entry-runs"
: > "$BED/journal"
CREDENTIALS_DIRECTORY="$BED/given" HOME="$BED" XDG_DATA_HOME="$BED/data" "$@" 2> "$BED/journal" &
echo $! > "$BED/trial"
""",
    "systemctl": """
case "$*" in
    "is-active binder-entry.service") test -e "$BED/entry-runs" && echo active ;;
    "start binder-entry.service") touch "$BED/entry-runs" ;;
    "is-active --quiet binder-acme-trial.service") kill -0 "$(cat "$BED/trial")" ;;
    "stop binder-acme-trial.service")
        [ ! -e "$BED/trial" ] || kill "$(cat "$BED/trial")"
        rm -f "$BED/trial" ;;
    *) echo "unexpected: $*" >&2; exit 9 ;;
esac
""",
    "journalctl": 'cat "$BED/journal"',
}


class Bed:
    """The script with a real Caddy and a real authority; three words of systemd's are played."""

    def __init__(self, folder: Path, program: Path, values: dict[str, Any]) -> None:
        self.folder, self.values = folder, {**values, "caddy": program}
        (folder / "bin").mkdir()
        for name, text in SYSTEMD.items():
            (folder / "bin" / name).write_text(f"#!/bin/sh\n{text}")
            (folder / "bin" / name).chmod(0o755)

    def run(self, entry_runs: bool = True, **more: Any) -> "subprocess.CompletedProcess[str]":
        """Try it, on a host where the entry runs or not."""
        if entry_runs:
            self.runs.touch()
        return subprocess.run(
            ["sh", "-s"],
            input=render("entry/acme-staging.sh.j2", **{**self.values, **more}),
            env={**os.environ, "PATH": f"{self.folder}/bin:{os.environ['PATH']}", "BED": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    @property
    def runs(self) -> Path:
        """There while the entry runs."""
        return self.folder / "entry-runs"

    @property
    def tries(self) -> bool:
        """Whether the trial was left running."""
        return (self.folder / "trial").exists()


@pytest.fixture
def bed(authority: Pebble, program: Path, make: Any, tmp_path: Path) -> Bed:
    lines = f"{HOST_FILE}domain: b.org\ntls: {{mode: acme, email: a@b.org, acme: {{root_ca: r.pem}}}}\n"
    mine = {"trial": authority.directory, "ports": authority.challenge_ports}
    root_ca = tmp_path / "acme-root.pem"
    return Bed(tmp_path, program, {**acme_trial.values(make(tmp_path, lines)), **mine, "root_ca": root_ca})


@pytest.mark.parametrize("entry_runs", [True, False])
def test_a_trial_that_is_passed(entry_runs: bool, bed: Bed, authority: Pebble) -> None:
    done = bed.run(entry_runs)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert authority.log.read_text().count("Issued certificate") == 2
    assert not bed.tries
    assert bed.runs.exists() == entry_runs


def test_a_name_that_leads_elsewhere_is_told_in_the_authoritys_words(bed: Bed) -> None:
    done = bed.run(names=["b.org", "nowhere.example.org"])
    assert done.returncode == 1
    assert f"{bed.values['trial']} gives out no certificate:" in done.stderr
    assert "nowhere.example.org: " in done.stderr and "urn:ietf:params:acme:error:" in done.stderr
    assert f"{REAL} was not asked. Correct the DNS records" in done.stderr
    assert not bed.tries
    assert bed.runs.exists()


def test_an_authority_that_does_not_answer(bed: Bed) -> None:
    done = bed.run(trial=f"https://127.0.0.1:{free_port()}/dir", limit_s=20)
    assert done.returncode == 1 and "gives out no certificate:" in done.stderr
    assert 'Get "https://127.0.0.1:' in done.stderr and "connection refused" in done.stderr


def test_a_caddy_that_ends_is_told_by_its_last_lines(bed: Bed) -> None:
    done = bed.run(email="not { an address")
    assert done.returncode == 1 and "Caddy has ended: " in done.stderr and "Caddyfile" in done.stderr
    assert bed.runs.exists()
