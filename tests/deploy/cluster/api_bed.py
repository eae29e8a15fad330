"""A genuine API server with kine and two controllers, in a network of its own; nothing runs any pod."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from binder_singlenode.layout import paths

from ..entry.network_bed import Namespace, needs

PORT = 16443
START_LIMIT_S = 60
KUBECONFIG = f"""\
apiVersion: v1
kind: Config
clusters: [{{name: bed, cluster: {{server: "https://127.0.0.1:{PORT}", insecure-skip-tls-verify: true}}}}]
users: [{{name: bed, user: {{token: secret}}}}]
contexts: [{{name: bed, context: {{cluster: bed, user: bed}}}}]
current-context: bed
"""
API = (
    f"--bind-address=127.0.0.1 --advertise-address=127.0.0.1 --secure-port={PORT} --profiling=false"
    " --authorization-mode=AlwaysAllow --disable-admission-plugins=ServiceAccount"
    " --service-account-issuer=https://bed --service-cluster-ip-range=10.43.0.0/16"
    " --etcd-count-metric-poll-period=0"
)


def built(name: str) -> Path:
    """The newest program of this name in the test bed's cache; without one the test is skipped."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "binder-singlenode" / "testbed"
    found = [path for path in base.glob(f"{name}-*") if len(path.name) == len(name) + 1 + 24]
    if not found:
        pytest.skip(f"no {name} here: the test bed is not built (./dev test builds it)")
    return max(found, key=lambda path: path.stat().st_mtime)


class Api:
    """The running API server; scripts of the steps run against it, their paths moved into a folder."""

    def __init__(self, folder: Path) -> None:
        needs("openssl")
        self.folder = folder
        self.root = folder / "root"
        self.server, kine, self.helm = built("k3s-server"), built("kine"), built("helm")
        self._network = Namespace()
        self._running: list[subprocess.Popen[bytes]] = []
        (folder / "tokens").write_text('secret,admin,1,"system:masters"\n')
        (folder / "kubeconfig").write_text(KUBECONFIG)
        for path in (paths.ETC, paths.VAR, paths.MANIFESTS):
            self.path(path).mkdir(parents=True)
        subprocess.run(
            ["openssl", "genrsa", "-out", str(folder / "key"), "2048"], check=True, capture_output=True
        )
        self._script("k3s", f'export HOME={folder} KUBECONFIG={folder}/kubeconfig\nexec {self.server} "$@"')
        self._script("helm", f'export HOME={folder} HELM_CACHE_HOME={folder}/helm\nexec {self.helm} "$@"')
        self._start("kine", kine, f"--database {folder}/state.db --socket {folder}/kine.sock")
        self._wait(f"[ -S {folder}/kine.sock ]")
        keys = f"--service-account-key-file={folder}/key --service-account-signing-key-file={folder}/key"
        where = f"--etcd-servers=unix://{folder}/kine.sock --cert-dir={folder}/certs"
        self._start("kube-apiserver", self.server, f"{where} --token-auth-file={folder}/tokens {keys} {API}")
        self._wait(f"{folder}/k3s kubectl get --raw /readyz")
        controllers = "--controllers=namespace,deployment --leader-elect=false --secure-port=0"
        self._start("kube-controller-manager", self.server, f"--kubeconfig={folder}/kubeconfig {controllers}")

    def path(self, path: str) -> Path:
        """Where a path of a host is here."""
        return self.root / path.lstrip("/")

    def run(self, script: str) -> str:
        """What a script of the steps prints; fails when it fails. Nothing runs pods: helm does not wait."""
        for name in ("k3s", "helm"):
            script = script.replace(f"/usr/local/bin/{name}", f"{self.folder}/{name}")
        script = script.replace(paths.K3S_KUBECONFIG, f"{self.folder}/kubeconfig").replace(" --wait ", " ")
        for prefix in (paths.ETC, paths.VAR, paths.MANIFESTS):
            script = script.replace(prefix, str(self.path(prefix)))
        return self._network.run(f"set +e\n{script}")

    def kubectl(self, words: str) -> str:
        """Genuine kubectl, as somebody would type it on the host."""
        return self._network.run(f"{self.folder}/k3s kubectl {words}")

    def stop(self) -> None:
        """End the programs and the network."""
        for running in reversed(self._running):
            running.kill()
            running.wait()
        self._network.close()

    def _script(self, name: str, body: str) -> None:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    def _start(self, name: str, program: Path, options: str) -> None:
        link = self.folder / "run" / name  # the program is the component under whose name it is started
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(program)
        with self._network.entered(), (self.folder / f"{name}.log").open("wb") as log:
            self._running.append(
                subprocess.Popen([str(link), *options.split()], stdout=log, stderr=log, cwd=self.folder)
            )

    def _wait(self, condition: str) -> None:
        end = time.monotonic() + START_LIMIT_S
        while time.monotonic() < end:
            try:
                self._network.run(condition)
            except AssertionError:
                assert all(each.poll() is None for each in self._running), "the API server did not start"
                time.sleep(0.1)
            else:
                return
        raise AssertionError(f"not so after {START_LIMIT_S} s: {condition}")


def short_folder() -> Path:
    """A folder whose path leaves room for a socket's name."""
    return Path(subprocess.run(["mktemp", "-d"], check=True, capture_output=True, text=True).stdout.strip())


def removed(folder: Path) -> None:
    """Remove the folder."""
    shutil.rmtree(folder, ignore_errors=True)
