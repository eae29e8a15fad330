"""Progress of long steps: for each step a query to the host, answered with at most one line."""

import shlex

from binder_singlenode.base.units import MIB
from binder_singlenode.cluster.kubectl import KUBECTL
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.operations import apt
from binder_singlenode.layout import paths

LONGEST_CHARS = 160
ASK_AFTER_S = 10
ASK_EVERY_S = 20
"""On a slow machine each kubectl takes seconds of CPU time from the step that it reports on."""
ANSWER_LIMIT_S = 30
STAGED = (
    f'for file in {paths.STAGING}/*; do [ ! -f "$file" ] ||'
    f' echo "${{file##*/}}: $(($(stat -c %s "$file") / {MIB})) MiB have come"; done'
)
"""Shell that prints the host's running downloads."""


def questions(context: Context) -> dict[str, str]:
    """Step -> shell that prints its progress; for other steps use STAGED."""
    pods = _pods(context.namespace)
    held = apt.holder_script()
    return {
        "packages": held,
        "k3s": f"{STAGED}; {_k3s(context.node_name)}",
        "registry": pods,
        "release": f"{STAGED}; {pods}",
    }


def answer(output: str) -> str:
    """Join the lines of an answer, cut to LONGEST_CHARS characters."""
    text = ", ".join(line.strip() for line in output.splitlines() if line.strip())
    return text if len(text) <= LONGEST_CHARS else f"{text[: LONGEST_CHARS - 1]}…"


def _k3s(node: str) -> str:
    """While k3s starts: the last log message of k3s itself, without times. Log lines of Kubernetes components
    (E1126 …) are left out: their errors are temporary. After the start: why the node is not Ready."""
    unit = shlex.quote(paths.K3S_UNIT)
    own = '/^[EFIW][0-9]{4} /d; s/.*msg="(.*)".*/\\1/; s/^[0-9/]+ [0-9:]+ //'
    message = f"journalctl -u {unit} -n 200 --no-pager -o cat 2>/dev/null | sed -E '{own}' | tail -n 1"
    ready = '{range .status.conditions[?(@.type=="Ready")]}{.reason}: {.message}{end}'
    condition = f"{KUBECTL} get node {shlex.quote(node)} -o jsonpath={shlex.quote(ready)} 2>/dev/null"
    return (
        f"case $(systemctl is-active {unit}) in active) {condition} | grep -v ^KubeletReady: ;;"
        f' activating) echo "k3s starts: $({message})" ;; esac'
    )


def _pods(namespace: str) -> str:
    """Pods that are not ready, each with the status that kubectl prints."""
    return (
        f"{KUBECTL} get pods -n {shlex.quote(namespace)} --no-headers 2>/dev/null"
        ' | awk \'$3 != "Completed" { split($2, n, "/"); if (n[1] != n[2]) { waits = 1;'
        ' print "pod " $1 ": " ($3 == "Running" ? "runs, not ready yet" : $3) } }'
        ' END { if (NR && !waits) print "all pods are ready" }\''
    )
