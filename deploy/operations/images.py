"""Images of the bundle that somebody has deleted (`crictl rmi`, `ctr images rm`): import them again.

k3s imports an archive when it starts or when the file changes, never because an image is gone; a host
without internet access then cannot start a pod. Their names are noted once they are there. Without a bundle
nothing is noted: the kubelet pulls a missing image from its publisher.
"""

import shlex
from collections.abc import Generator

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from binder_singlenode.deploy.facts.host_state import look
from binder_singlenode.deploy.operations.binaries import Installed
from binder_singlenode.deploy.operations.files import sha256_of_notes
from binder_singlenode.layout import paths
from binder_singlenode.layout.image_store import CTR

PINNED = "io.cri-containerd.pinned"
"""Label that k3s gives to the images that it imports, so that the kubelet's clean-up keeps them."""
NAMED = 5
"""At most this many images are named in the operation's name."""


def ensure_images(images: tuple[Installed, ...]) -> None:
    """Add the operation; its name has the missing images."""
    missing = look(host).cluster().missing_images if images else ()
    more = [f"{len(missing) - NAMED} more"] if len(missing) > NAMED else []
    listed = ", ".join([*missing[:NAMED], *more])
    title = f"Import images that are gone ({listed})" if listed else "Note the names of imported images"
    ensure_imported(name=title, images=images)


@operation()
def ensure_imported(images: tuple[Installed, ...]) -> Generator[StringCommand, None, None]:
    """Import the archives if an image is missing; note the names if these archives are new."""
    seen = look(host)
    digest = sha256_of_notes(*(image.artifact.sha256 for image in images))
    missing = seen.cluster().missing_images
    if not images or (seen.cluster().noted_images == digest and not missing):
        return
    if missing:
        yield StringCommand(import_script([image.path for image in images], missing))
    else:
        yield StringCommand(note_script([image.path for image in images], digest))
    seen.forget()


def import_script(archives: list[str], missing: tuple[str, ...]) -> str:
    """Shell: import, pin as k3s does, and fail naming an image that is in none of the archives."""
    files, names = shlex.join(archives), shlex.join(missing)
    one = f"{CTR} images import --local $file >/dev/null"
    absent = 'echo "$image is gone, and in no image archive of this host" >&2'
    return (
        f"for file in {files}; do {one} || exit 1; done;"
        f" for image in {names}; do {CTR} images label $image {PINNED}=pinned >/dev/null"
        f" || {{ {absent}; exit 1; }}; done"
    )


def note_script(archives: list[str], digest: str) -> str:
    """Shell that notes the names of pinned images which the archives list.

    Pinned are also images of k3s itself and, for a time, images that were built here. An archive that tar
    cannot read, such as .zst without zstd, adds no name. Archives may leave out docker.io/library/.
    """
    read = (
        f"for file in {shlex.join(archives)}; do tar -xOf $file manifest.json index.json 2>/dev/null; done; :"
    )
    pinned = shlex.quote(f'labels."{PINNED}"==pinned')
    short = "short=${name#docker.io/}; short=${short#library/}"
    known = f"""{short}; case $listed in *'"'"$name"'"'*|*'"'"$short"'"'*) echo $name ;; esac"""
    new = f"{paths.IMPORTED}.new"
    return (
        f"umask 077; mkdir -p {paths.APPLIED} && names=$({CTR} images ls -q {pinned})"
        f" && listed=$({read}) && {{ echo {digest}; for name in $names; do {known}; done; }} > {new}"
        f" && mv -f {new} {paths.IMPORTED}"
    )
