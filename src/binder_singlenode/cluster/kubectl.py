"""Shell that waits for a condition in the cluster, with a time limit, and prints the reason for a failure."""

import shlex

from binder_singlenode.layout import paths

REQUEST_LIMIT_S = 30
KUBECTL = f"{paths.K3S} kubectl --request-timeout={REQUEST_LIMIT_S}s"
BLOCK_S = REQUEST_LIMIT_S - 5
"""Timeout of one `kubectl wait`; long, because starting kubectl takes a second of CPU time on a slow machine.
Below REQUEST_LIMIT_S, which would end its watch."""
PAUSE_S = 5
"""Pause between two, in case one fails at once: no such object yet, or the API is not available."""
EVENTS = (
    f"{KUBECTL} get events -A --field-selector=type=Warning --sort-by=.lastTimestamp"
    " -o custom-columns=NAMESPACE:.metadata.namespace,OBJECT:.involvedObject.name,REASON:.reason"
    ",MESSAGE:.message"
    " 2>/dev/null | tail -n 12"
)


def wait_for(condition: str, what: str) -> str:
    """A condition for `wait_script`: `kubectl wait --for=condition` on the object(s) `what`."""
    return f"{KUBECTL} wait --for={condition} {what} --timeout={BLOCK_S}s >/dev/null 2>&1"


def wait_script(what: str, condition: str, limit_s: int, reason: str) -> str:
    """Shell that repeats `condition` for up to `limit_s`, then prints the output of `reason` and fails.

    The condition itself should wait for a while, see `wait_for`.
    """
    late = shlex.quote(f"Timed out after {limit_s} s waiting until {what}. The host reports:")
    return (
        f"end=$(($(date +%s) + {limit_s})); until {condition}; do"
        f" if [ $(date +%s) -ge $end ]; then {{ echo {late}; {reason}; }} >&2; exit 1; fi;"
        f" sleep {PAUSE_S}; done"
    )


def trouble(namespace: str) -> str:
    """Shell that prints the problems of a namespace: pods that are not ready with the reason, the last lines
    of their logs, and the last Warning events of all namespaces."""
    name = shlex.quote(namespace)
    columns = (
        "POD:.metadata.name,PHASE:.status.phase,"
        "WAITING:.status.containerStatuses[*].state.waiting.reason,"
        "MESSAGE:.status.containerStatuses[*].state.waiting.message,"
        "ENDED:.status.containerStatuses[*].lastState.terminated.reason,"
        "INIT:.status.initContainerStatuses[*].state.waiting.reason,"
        "SCHEDULING:.status.conditions[?(@.type=='PodScheduled')].message"
    )
    not_ready = (
        f"{KUBECTL} get pods -n {name} --no-headers 2>/dev/null"
        ' | awk \'$3 != "Completed" { split($2, n, "/"); if (n[1] != n[2]) print $1 }\''
    )
    return (
        f"pods=$({not_ready}); if [ -n \"$pods\" ]; then echo 'Pods that are not ready:';"
        f' {KUBECTL} get pods -n {name} $pods -o custom-columns="{columns}";'
        f' for pod in $pods; do echo "Last log lines of $pod:";'
        f" {KUBECTL} logs -n {name} $pod --all-containers --tail=5 2>&1 | tail -n 8; done; fi;"
        f" echo 'Warning events:'; {EVENTS}"
    )
