"""Shared names and numbers: cgroups, sockets, classes, accounts, volumes, log retention."""

RELEASE = "binder"
"""The Helm release."""

LOG_DAYS = 30
"""Days that visitors' addresses are kept, as in Binder's privacy policy; see docs/promises.md."""

BUILDS_SLICE = "binderbuilds.slice"
"""systemd slice for the commands of builds. A name without a dash is a cgroup directly below the root."""
DIND_SOCKET_FOLDER = "/var/run/dind"
DIND_SOCKET = f"{DIND_SOCKET_FOLDER}/docker.sock"
PRIORITY_CLASS = "binderhub-core"
"""PriorityClass of binder, hub and proxy, which preempt sessions (templates/registry/namespace.yaml.j2)."""

SYSTEM_ROOTS = "/etc/ssl/certs/ca-certificates.crt"
"""The root certificates of Debian, Ubuntu and Alpine: host, BinderHub, JupyterHub, repo2docker, dockerd."""
ROOTS_IN_SESSION = "/etc/binder/trusted-roots.pem"
ROOTS_IN_RUN = "/dev/binder-trusted-roots.pem"
"""In a file system that each container has of its own, so that nothing is left in the image."""

DISK_FULL = "The disk of this BinderHub is full"
"""Start of the message to visitors; binderhub/launch/hints.py recognises the message by it."""

HOME_STORAGE_CLASS = "binder-home"
HOME_MOUNT_PATH = "/home/jovyan/persistent"
"""Not the whole home folder: a volume there would hide the repository, which repo2docker puts there."""
SESSION_UID, SESSION_GID = 1000, 100
"""User and group of sessions: the jupyterhub chart's singleuser.uid and fsGid; repo2docker's user is 1000."""

HUB_SERVICE = "binder-singlenode"
HUB_USER = "binder_singlenode"
"""User names on GitHub have no underscore. At other providers a user may have this name, but gets access to
this account's home only."""
HUB_SCOPES = (
    *(f"{scope}!user={HUB_USER}" for scope in ("admin:users", "tokens", "servers")),
    # When a service makes the request, JupyterHub 5.3 looks for the user among the services
    # (apihandlers/users.py, UserTokenListAPIHandler.post: scope_filter(user, kind); kind is the requester's).
    f"tokens!service={HUB_USER}",
)

DEFAULT_NODE_NAME = "binder"
"""A fixed name, not the machine's host name: k3s has problems when the node's name changes."""


def volume_name(home: str) -> str:
    """Name of a home's PersistentVolume, as in templates/homes/homes.yaml.j2."""
    return f"{HOME_STORAGE_CLASS}-{home}"
