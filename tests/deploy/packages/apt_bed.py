"""A package system of its own in a folder: real apt and dpkg, a repository of one package, no network."""

import os
import subprocess
import sys
import time
from pathlib import Path

from binder_singlenode.deploy.steps import packages

NAME = "binder-test-package"
HOLD = """
import fcntl, os, sys
with open(sys.argv[1], "a") as lock:
    fcntl.lockf(lock, fcntl.LOCK_EX)
    print("held", flush=True)
    sys.stdin.read()
"""
LIMIT_S = 30


class Packages:
    """Folders of apt and dpkg."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.admin = folder / "root/var/lib/dpkg"
        self.lists, self.archives = folder / "lists", folder / "archives"
        self.sources = folder / "sources.list"
        parts = [folder / name for name in ("sources.d", "preferences.d", "conf.d", "trusted.d", "repo")]
        for path in (self.admin / "info", self.admin / "updates", self.admin / "triggers", *parts):
            path.mkdir(parents=True)
        for path in (self.lists / "partial", self.archives / "partial", folder / "log"):
            path.mkdir(parents=True)
        for name in ("status", "available", "lock", "lock-frontend"):
            (self.admin / name).touch()
        for path in (self.lists, self.archives):
            (path / "lock").touch()
        self._repository()
        self.sources.write_text(f"deb [trusted=yes] file:{folder}/repo ./\n")
        self.config = folder / "apt.conf"
        self.config.write_text(self._config())

    def _repository(self) -> None:
        tree = self.folder / "tree"
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "DEBIAN/control").write_text(
            f"Package: {NAME}\nVersion: 1\nArchitecture: all\nMaintainer: a <a@b.c>\nDescription: x\n"
        )
        deb = self.folder / f"repo/{NAME}_1_all.deb"
        subprocess.run(["dpkg-deb", "-b", str(tree), str(deb)], check=True, capture_output=True)
        size, control = deb.stat().st_size, (tree / "DEBIAN/control").read_text()
        digest = subprocess.run(
            ["sha256sum", deb], check=True, capture_output=True, text=True
        ).stdout.split()[0]
        entry = f"{control}Filename: ./{deb.name}\nSize: {size}\nSHA256: {digest}\n\n"
        (self.folder / "repo/Packages").write_text(entry)

    def _config(self) -> str:
        at = self.folder
        return f"""
            Dir::State "{at}"; Dir::State::lists "{self.lists}/"; Dir::State::status "{self.admin}/status";
            Dir::State::extended_states "{at}/extended_states"; Dir::Cache "{at}";
            Dir::Cache::archives "{self.archives}/"; Dir::Etc::sourcelist "{self.sources}";
            Dir::Etc::sourceparts "{at}/sources.d"; Dir::Etc::preferencesparts "{at}/preferences.d";
            Dir::Etc::preferences "{at}/preferences"; Dir::Etc::parts "{at}/conf.d";
            Dir::Etc::main "{at}/none"; Dir::Etc::trustedparts "{at}/trusted.d"; Dir::Log "{at}/log";
            APT::Sandbox::User "root"; Acquire::Languages "none"; APT::Get::AllowUnauthenticated "true";
            DPkg::Options {{ "--root={at}/root"; "--force-not-root"; "--log=/dev/null"; }};
            DPkg::Pre-Install-Pkgs ""; DPkg::Post-Invoke ""; DPkg::Pre-Invoke "";
            #clear DPkg::Pre-Install-Pkgs; #clear DPkg::Post-Invoke; #clear DPkg::Pre-Invoke;
            #clear APT::Update::Post-Invoke; #clear APT::Update::Post-Invoke-Success;
        """

    def holds(self, lock: Path) -> "subprocess.Popen[str]":
        """A process that holds a lock until its input is closed."""
        words = [sys.executable, "-c", HOLD, str(lock)]
        process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        return process

    def start(self, limit_s: int = LIMIT_S, *names: str) -> "subprocess.Popen[str]":
        """The step's script, word for word."""
        script = packages.install_script(list(names or (NAME,))).replace("limit=900", f"limit={limit_s}")
        environment = {**os.environ, "APT_CONFIG": str(self.config), "DPKG_ADMINDIR": str(self.admin)}
        return subprocess.Popen(
            ["sh", "-c", script],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def install(self, limit_s: int = LIMIT_S, *names: str) -> tuple[int, str]:
        """Exit code and error output."""
        process = self.start(limit_s, *names)
        error = process.communicate(timeout=2 * LIMIT_S)[1]
        return process.returncode, error

    @property
    def is_installed(self) -> bool:
        return f"Package: {NAME}\nStatus: install ok installed" in (self.admin / "status").read_text()


def wait_for_line(process: "subprocess.Popen[str]", word: str) -> str:
    """The first line of error output with this word."""
    assert process.stderr is not None
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        line = process.stderr.readline()
        if word in line or not line:
            return line
    raise AssertionError(f"no line with {word}")
