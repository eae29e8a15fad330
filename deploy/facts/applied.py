"""Shell that finds Kubernetes objects which somebody deleted or edited after binder-singlenode applied them.

Right after a file is applied, its objects are recorded as the API returns them, with all defaults. Later they
are read once more and compared as text, so that any change is noticed, also a field that was removed.
No list of known fields or tools is needed (ADR 1551). Names and contents are defined here; edited.py parses.
"""

from collections.abc import Iterable
from posixpath import basename

from binder_singlenode.layout import paths

CONTENT = (
    *(
        "metadata.labels",
        "metadata.deletionTimestamp",
        "spec",
        "data",
        "binaryData",
        "rules",
        "roleRef",
        "subjects",
        "webhooks",
        "value",
    ),
    *("globalDefault", "preemptionPolicy", "provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"),
    *("automountServiceAccountToken", "imagePullSecrets", "type"),
)
"""The parts of an object that are compared, one column each, after kind, namespace and name."""
FILES = (
    paths.RELEASE_OBJECTS,
    paths.NAMESPACE_MANIFEST,
    paths.REGISTRY_MANIFEST,
    paths.POLICY_MANIFEST,
    paths.HOMES_MANIFEST,
    paths.ENTRY_MANIFEST,
)
_NAMES = (".kind", ".metadata.namespace", ".metadata.name")
_ROW = "{'\\t'}".join(f"{{{field}}}" for field in (*_NAMES, *(f".{part}" for part in CONTENT)))
_NAMESPACE = f"namespace=$(sed -n '1s/^# namespace //p' {paths.RELEASE_OBJECTS} 2>/dev/null)"
"""For objects of the release that name none."""
_OWNERS = "owners{'\\t'}" + "{'\\t'}".join(f"{{{field}}}" for field in (*_NAMES, ".metadata.managedFields"))
_NOBODYS_EDITS = (
    r's/"objectset[.]rio[.]cattle[.]io\/[^"]*":"[^"]*",?//g'  # k3s' own labels
    r'; s/"kubectl[.]kubernetes[.]io\/restartedAt":"[^"]*",?//g; s/"annotations":\{\},?//g'  # rollout restart
    r'; s/"claimRef":\{[^}]*\},?//g; s/"volumeName":"[^"]*",?//g'  # which volume belongs to which claim
    r"; s/,\}/}/g; s/\t\{\}/\t/g"
)


def functions(kubectl: str) -> str:
    """Shell functions: `live -f FILE -f FILE` prints a row per object; `owners` who set which of its fields.

    A single object would not be printed as a list, so callers add the file /dev/null. The data of a Secret is
    replaced by its digest.
    """
    get = f"{kubectl} get ${{namespace:+-n $namespace}} --ignore-not-found"
    hidden = (
        "case $line in Secret*)"
        r""" printf '%s\t' "$(printf '%s' "$line" | cut -f 1-5)";"""
        " printf '%s' \"$line\" | cut -f 6- | sha256sum | cut -c -64"
        r""" ;; *) printf '%s\n' "$line" ;; esac"""
    )
    return (
        f'rows() {{ {get} "$@" -o jsonpath="{{range .items[*]}}{_ROW}{{\'\\n\'}}{{end}}"; }};'
        ' live() { told=$(rows "$@") || return; printf \'%s\\n\' "$told"'
        f" | sed -E '{_NOBODYS_EDITS}'"
        f" | while IFS= read -r line; do {hidden}; done; }};"
        f' owners() {{ {get} "$@" --show-managed-fields'
        f" -o jsonpath=\"{{range .items[*]}}{_OWNERS}{{'\\n'}}{{end}}\"; }}"
    )


def record(file: str, kubectl: str) -> str:
    """Shell that records the objects of `file`, which was just applied; the first line has its digest."""
    namespace = _NAMESPACE if file == paths.RELEASE_OBJECTS else "namespace="  # manifests name theirs
    target = f"{paths.APPLIED}/{basename(file)}"
    return (
        f"( umask 077; {namespace}; {functions(kubectl)}; mkdir -p {paths.APPLIED}"
        f" && {{ printf '#\\t%s\\n' \"$(sha256sum {file} | cut -c -64)\" && live -f {file} -f /dev/null; }}"
        f" > {target}.new && mv -f {target}.new {target} )"
    )


def forget(file: str) -> str:
    """Shell that removes the record before `file` is applied: a killed run leaves none, not an older one."""
    return f"rm -f {paths.APPLIED}/{basename(file)}"


_COMPARE = r"""
NR == FNR { live[$0] = 1; next }
{ recorded[$0] = 1 }
/^#/ || known && !($0 in live) { name = FILENAME; sub(/.*\//, "", name); print "was", name, $0 }
END { for (line in live) if (known && line != "" && !(line in recorded)) print "is", line }
"""
_CHANGED = r'$1 == "is" || $1 == "was" && $3 != "#" { found = 1 } END { exit !found }'


def survey(kubectl: str, files: Iterable[str] = FILES) -> str:
    """Shell that compares all recorded objects with one query. Expects the function `tries` (survey.py).

    Rows: "was", file and the recorded object for each that is not as recorded; "is" and the object as it is
    now; "was", file, "#", digest for each recorded file. Only if something has changed, a second query reads
    who did it: "owners" and the managed fields. If the API does not answer, nothing counts as changed.
    """
    return f"""
{_NAMESPACE}
{functions(kubectl)}
records=
set -- -f /dev/null
for file in {" ".join(files)}; do
    record={paths.APPLIED}/${{file##*/}}
    [ -s $file ] && [ -s $record ] && set -- "$@" -f $file && records="$records $record"
done
if [ "$records" ]; then
    tries live "$@" && known=1 || known=0
    compared=$(printf '%s\\n' "$said" | awk -v OFS='\\t' -v known=$known '{_COMPARE.strip()}' - $records)
    printf '%s\\n' "$compared"
    printf '%s\\n' "$compared" | awk -F '\\t' '{_CHANGED}' && owners "$@"
fi
"""
