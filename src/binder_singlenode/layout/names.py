"""Names and figures that several parts share: of cgroups, sockets, classes, accounts, volumes, log days."""

RELEASE = "binder"
"""The Helm release."""

LOG_DAYS = 30
"""How long Binder keeps visitors' addresses: its privacy policy, and docs/promises.md."""

BUILDS_SLICE = "binderbuilds.slice"
"""systemd's slice for the commands of builds. A name without a dash is a group directly below the root."""
DIND_SOCKET_FOLDER = "/var/run/dind"
DIND_SOCKET = f"{DIND_SOCKET_FOLDER}/docker.sock"
PRIORITY_CLASS = "binderhub-core"
"""PriorityClass of binder, hub and proxy: sessions make room for them. A manifest of ours."""

DISK_FULL = "The disk of this BinderHub is full"
"""How the sentence begins that a visitor reads; binderhub/launch/hints.py knows it by this."""

HOME_STORAGE_CLASS = "binder-home"
HOME_MOUNT_PATH = "/home/jovyan/persistent"
"""Not the whole home folder: repo2docker puts the repository there, and a volume would hide it."""
SESSION_UID, SESSION_GID = 1000, 100
"""As whom sessions run: singleuser.uid and fsGid of the jupyterhub chart; repo2docker's own user is 1000."""

HUB_SERVICE = "binder-singlenode"
HUB_USER = "binder_singlenode"
"""No name on GitHub has an underscore; at any other provider it gets nothing but a home of its own."""
HUB_SCOPES = (
    *(f"{scope}!user={HUB_USER}" for scope in ("admin:users", "tokens", "servers")),
    # JupyterHub 5.3 looks for the user among services when it is a service that asks (apihandlers/users.py,
    # UserTokenListAPIHandler.post: scope_filter(user, kind), kind being the requester's).
    f"tokens!service={HUB_USER}",
)

DEFAULT_NODE_NAME = "binder"
"""A name of our own: the node keeps it when somebody renames the machine, which k3s takes badly."""


def volume_name(home: str) -> str:
    """What Kubernetes calls a home: templates/homes/homes.yaml.j2."""
    return f"{HOME_STORAGE_CLASS}-{home}"
