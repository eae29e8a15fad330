"""Wait until Kubernetes has rolled out a manifest."""

from collections.abc import Generator

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from binder_singlenode.cluster.kubectl import BLOCK_S, KUBECTL, trouble, wait_for, wait_script
from binder_singlenode.deploy.facts.host_state import look

DIGEST_LENGTH = 40
"""A label's value is at most 63 characters long."""
ROLLOUT_LIMIT_S = 600


@operation()
def ensure_rollout(namespace: str, deployment: str, label: str) -> Generator[StringCommand, None, None]:
    """Wait until the Deployment carries the label and is rolled out."""
    seen = look(host)
    if seen.cluster().rollouts.get(f"{namespace}/{deployment}") == label:
        return
    where = f"deployment/{deployment} -n {namespace}"
    written = wait_for(f"jsonpath='{{.metadata.labels.binder-digest}}'={label}", where)
    condition = f"{written} && {KUBECTL} rollout status {where} --timeout={BLOCK_S}s >/dev/null 2>&1"
    what = f"{deployment} in namespace {namespace} runs as written"
    missing = f"{KUBECTL} get {where} -o name 2>&1 >/dev/null"  # prints only that it is not there
    seen.waits.add(host.current_op_hash or "")
    yield StringCommand(wait_script(what, condition, ROLLOUT_LIMIT_S, f"{missing}; {trouble(namespace)}"))
    seen.forget()
