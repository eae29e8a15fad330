"""One look at the host: shell fragments, one per section, that never fail, and the fact that runs them.

A run asks for all sections in one command (one round trip over ssh); after a change, an operation asks
again for the section that it needs. survey.py reads the lines.
"""

import shlex
from collections.abc import Callable, Iterable

from pyinfra.api.facts import FactBase

from binder_singlenode.deploy import mounts
from binder_singlenode.deploy.facts import firewall_loaded
from binder_singlenode.layout import image_store, paths
from binder_singlenode.layout.system import HOME_PACKAGES, KERNEL_MODULES, PACKAGES, SYSCTLS

SEPARATOR = "##binder "


_ITEMS = (
    "{range .items[*]}{.kind}{'\\t'}{.metadata.namespace}{'\\t'}{.metadata.name}{'\\t'}"
    "{.metadata.labels.binder-digest}{'\\t'}"
    "{.status.conditions[?(@.type=='Ready')].status}{.metadata.labels.status}{'\\t'}"
    "{.metadata.generation}{'\\t'}{.status.observedGeneration}{'\\t'}{.spec.replicas}{'\\t'}"
    "{.status.updatedReplicas}/{.status.availableReplicas}{'\\n'}{end}"
)


def _files() -> str:
    from binder_singlenode.deploy import steps  # they import this module: they look at the host

    small = shlex.join(place.path for place in steps.places("file"))
    known = shlex.join(place.path for place in steps.places("file", "binary", "folder"))
    patterns = " ".join(place.path for place in steps.places("many"))
    layout = "stat\\t%n\\t%a\\t%U:%G\\t%s\\t%.9Y\\t%i\\t%F\\n"
    told = f"stat --printf '{layout}' $path"  # a disk of the person's stays there, empty
    return (
        f"stat --printf '{layout}' -- {known} {patterns} 2>/dev/null;"
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
    # A module may be loaded, or built into the kernel: with parameters it then has a folder in /sys, without
    # it is only named in modules.builtin.
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
objects() {
    told=$(@kubectl@ get -n "$(sed -n '1s/^# namespace //p' @objects@)" -f @objects@ -o name 2>&1) && return
    case $told in *"(NotFound)"*) echo gone ;; *) false ;; esac
}
([ -s @objects@ ] && { tries objects; [ "$said" != gone ]; } && echo complete) &
tries @kubectl@ get nodes,deployments.apps,secrets -A -o jsonpath="@items@"
answered=$?
wait
[ $answered = 0 ] && printf '%s\n' "$said" answered
"""
"""Two questions at once: whether every object of the release is there, and what runs. Three tries each: an
API that is slow to answer must not look like an empty one, and only its word that an object is not found
makes the release incomplete."""


def _cluster() -> str:
    words = {
        "@unit@": paths.K3S_UNIT,
        "@kubectl@": f"timeout 90 {paths.K3S} kubectl --request-timeout=60s",
        "@objects@": paths.RELEASE_OBJECTS,
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
    "sysctls": _sysctls,
    "modules": _modules,
    "packages": _packages,
    "firewall": _firewall,
    "users": _users,
    "homes": _homes,
    "cluster": _cluster,
}


def script(sections: Iterable[str]) -> str:
    """The shell script for `sections`: each in a subshell, its name before it, exit 0 whatever happens."""
    return "\n".join([f"echo '{SEPARATOR}{name}'; ({SECTIONS[name]()})" for name in sections]) + "\nexit 0"


def split(lines: Iterable[str]) -> dict[str, list[str]]:
    """Section name -> its lines."""
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in lines:
        if line.startswith(SEPARATOR):
            current = found.setdefault(line.removeprefix(SEPARATOR), [])
        else:
            current.append(line)
    return found


class Survey(FactBase[dict[str, list[str]]]):
    """The lines of some sections; what a host cannot tell is missing, and that is never a failure."""

    def command(self, sections: str) -> str:
        """`sections` is a comma-separated list."""
        return f"LC_ALL=C sh -c {shlex.quote(script(sections.split(',')))}"

    @staticmethod
    def default() -> dict[str, list[str]]:
        """An unreachable tool reads as an empty host."""
        return {}

    def process(self, output: list[str]) -> dict[str, list[str]]:
        """See split()."""
        return split(output)
