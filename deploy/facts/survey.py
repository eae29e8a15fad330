"""Survey of the host: one shell fragment per section, and the pyinfra fact that runs them.

A run queries all sections in one command (base/sections.py). After a change, an operation queries only the
section that it needs. parse.py parses the lines.
"""

import shlex
from collections.abc import Callable, Iterable

from pyinfra.api.facts import FactBase

from binder_singlenode.base import sections
from binder_singlenode.deploy import mounts
from binder_singlenode.deploy.facts import applied, firewall_loaded
from binder_singlenode.layout import drop_ins, image_store, paths
from binder_singlenode.layout.system import HOME_PACKAGES, KERNEL_MODULES, PACKAGES, SYSCTLS

_ITEMS = (
    "{range .items[*]}{.kind}{'\\t'}{.metadata.namespace}{'\\t'}{.metadata.name}{'\\t'}"
    "{.metadata.labels.binder-digest}{'\\t'}"
    "{.status.conditions[?(@.type=='Ready')].status}{.metadata.labels.status}{'\\t'}"
    "{.metadata.generation}{'\\t'}{.status.observedGeneration}{'\\t'}{.spec.replicas}{'\\t'}"
    "{.status.updatedReplicas}/{.status.availableReplicas}{'\\n'}{end}"
)


def _files() -> str:
    from binder_singlenode.deploy import steps  # not at the top: the steps import this module

    small = shlex.join(place.path for place in steps.places("file"))
    known = shlex.join(place.path for place in steps.places("file", "binary"))
    folders = shlex.join(place.path for place in steps.places("folder"))
    patterns = " ".join(place.path for place in steps.places("many"))
    layout = "stat\\t%n\\t%a\\t%U:%G\\t%s\\t%.9Y\\t%i\\t%F\\n"
    told = f"stat --printf '{layout}' $path"  # an operator's empty disk there counts as absent
    return (
        f"stat --printf '{layout}' -- {known} {patterns} 2>/dev/null;"
        # A link to a folder counts as that folder, as for mkdir, chown and chmod.
        f" stat -L --printf '{layout}' -- {folders} 2>/dev/null;"
        f" ({mounts.there(image_store.BUILDER_FOLDERS.values(), told)});"
        f" sha256sum -- {small} 2>/dev/null | sed 's/^/sum\\t/'"
    )


def _stamps() -> str:
    return f"cd {paths.INSTALLED} 2>/dev/null && grep -H '' -- * 2>/dev/null | sed 's/^/note\\t/'"


def _units() -> str:
    from binder_singlenode.deploy import steps

    return f"systemctl show -p Id,ActiveState,UnitFileState {shlex.join(steps.units())} 2>/dev/null"


def _sysctls() -> str:
    return f"cd /proc/sys && grep -H '' {shlex.join(key.replace('.', '/') for key in SYSCTLS)} 2>/dev/null"


def _modules() -> str:
    # A module may be loaded, or built into the kernel. A built-in module has a folder in /sys only if it has
    # parameters; otherwise only modules.builtin names it.
    names = "|".join(KERNEL_MODULES)
    return (
        f"grep -oE '^({names}) ' /proc/modules 2>/dev/null;"
        f" (cd /sys/module && ls -d {' '.join(KERNEL_MODULES)} 2>/dev/null);"
        f" grep -oE '/({names})[.]ko' /lib/modules/$(uname -r)/modules.builtin 2>/dev/null"
        " | sed 's,^/,,; s,[.]ko$,,'"
    )


def _packages() -> str:
    names = shlex.join(PACKAGES + HOME_PACKAGES)
    return f"dpkg-query -W -f '${{Package}}\\t${{db:Status-Abbrev}}\\n' {names} 2>/dev/null"


def _firewall() -> str:
    return f"{firewall_loaded.script()} && echo loaded"


def _resolver() -> str:
    return f"sh {paths.RESOLVER} same 2>/dev/null && echo same"


def _homes() -> str:
    return f"grep -c ' {paths.HOMES}/' /proc/self/mounts"


def _users() -> str:
    from binder_singlenode.deploy import steps

    return f"id -un {shlex.join(steps.users())} 2>/dev/null"


_CLUSTER = r"""
systemctl -q is-active @unit@ 2>/dev/null || exit 0
tries() {
    for try in 1 2 3; do
        said=$("$@" 2>/dev/null) && return
        sleep 2
    done
    false
}
(@applied@) &
(
    [ -s @imported@ ] || exit 0
    printf 'image\tnoted\t%s\n' "$(head -n 1 @imported@)"
    images=$(@ctr@ images ls -q 2>/dev/null) && printf '%s\n' "$images" | awk -v OFS='\t' '
        NR == FNR { there[$0] = 1; next }
        FNR > 1 && !($0 in there) { print "image", "missing", $0 }' - @imported@
) &
tries @kubectl@ get nodes,deployments.apps,secrets -A -o jsonpath="@items@"
answered=$?
wait
[ $answered = 0 ] && printf '%s\n' "$said" answered
"""
"""Queries in parallel: whether the objects are as applied (applied.py), which images of a bundle are gone,
and what runs. The API gets three tries: one that answers slowly must not look like an empty cluster."""


def _cluster() -> str:
    kubectl = f"timeout 90 {paths.K3S} kubectl --request-timeout=60s"
    words = {
        "@unit@": paths.K3S_UNIT,
        "@applied@": applied.survey(kubectl),
        "@imported@": paths.IMPORTED,
        "@ctr@": f"timeout 90 {image_store.CTR}",
        "@kubectl@": kubectl,
        "@items@": _ITEMS,
    }
    text = _CLUSTER.strip()
    for mark, value in words.items():
        text = text.replace(mark, value)
    return text


SECTIONS: dict[str, Callable[[], str]] = {
    "files": _files,
    "stamps": _stamps,
    "units": _units,
    "drop_ins": drop_ins.script,
    "sysctls": _sysctls,
    "modules": _modules,
    "packages": _packages,
    "firewall": _firewall,
    "resolver": _resolver,
    "users": _users,
    "homes": _homes,
    "cluster": _cluster,
}


def script(names: Iterable[str]) -> str:
    """The queries of these sections."""
    return sections.script({name: SECTIONS[name]() for name in names})


class Survey(FactBase[dict[str, list[str]]]):
    """Lines of the requested sections. What a host cannot report is missing; that is never a failure."""

    def command(self, names: str) -> str:
        """`names` is a comma-separated list."""
        return sections.command(script(names.split(",")))

    @staticmethod
    def default() -> dict[str, list[str]]:
        """No section, as on an empty host."""
        return {}

    def process(self, output: list[str]) -> dict[str, list[str]]:
        """See base/sections.py."""
        return sections.split(output)
