"""One API server for all of these tests, and what a release and the manifests look like there."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from binder_singlenode.deploy.facts import parse, survey
from binder_singlenode.deploy.facts.parse import ClusterSeen
from binder_singlenode.layout import paths

from .api_bed import Api, removed, short_folder

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: binder, labels: {part: "1"}}
spec:
  replicas: 1
  selector: {matchLabels: {app: binder}}
  template:
    metadata: {labels: {app: binder}}
    spec:
      containers:
        - name: binder
          image: example/binder:{{ .Values.tag }}
          args: [serve]
          env: [{name: HUB, value: "here"}]
          resources: {limits: {memory: 512Mi}}
          ports: [{containerPort: 8585}]
"""
OTHERS = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {colour: blue}
---
apiVersion: v1
kind: Secret
metadata: {name: keys}
stringData: {key: hidden-from-everybody}
---
apiVersion: v1
kind: Service
metadata: {name: binder}
spec: {selector: {app: binder}, ports: [{port: 80, targetPort: 8585}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: binder}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
{{ if .Values.broken }}
apiVersion: v1
kind: Service
metadata: {name: broken}
spec: {ports: [{port: 700000}]}
{{ end }}
"""
Seen = Callable[[], ClusterSeen]


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    folder = short_folder()
    running = Api(folder)
    yield running
    running.stop()
    removed(folder)


@pytest.fixture(scope="module")
def chart(api: Api) -> Path:
    """The chart of one Deployment and a few others, where the release step looks for it."""
    folder = api.path(paths.CHART)
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: small\nversion: 0.1.0\n")
    (folder / "values.yaml").write_text("tag: a\nbroken: false\n")
    (folder / "templates" / "deployment.yaml").write_text(DEPLOYMENT)
    (folder / "templates" / "others.yaml").write_text(OTHERS)
    api.path(paths.VALUES).write_text("tag: a\n")
    return folder


@pytest.fixture
def seen(api: Api) -> Seen:
    """What the survey reports about the cluster."""

    def look() -> ClusterSeen:
        script = survey._cluster().replace(f"systemctl -q is-active {paths.K3S_UNIT}", "true")
        return parse.cluster(api.run(script).splitlines())

    return look
