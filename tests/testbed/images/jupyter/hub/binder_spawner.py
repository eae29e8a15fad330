"""KubeSpawner for BinderHub, which says with each launch what to start, and tells the session its token.

BinderHub's documentation calls it BinderSpawner and gives it two options. Its sessions ask no hub who knocks
(they run any image, without JupyterHub in it), unless people sign in.
"""

from typing import Any

from kubespawner import KubeSpawner
from tornado.web import HTTPError
from traitlets import Bool, Unicode

# What BinderHub tells of a launch, and its sessions find in their environment.
TOLD = (
    "binder_ref_url",
    "binder_launch_host",
    "binder_persistent_request",
    "binder_request",
    "binder_client_ip",
)


class BinderSpawner(KubeSpawner):
    """Starts what `user_options` name."""

    auth_enabled = Bool(False, help="sessions ask the hub who knocks", config=True)
    cors_allow_origin = Unicode("", help="whose pages may use a session", config=True)

    def get_args(self) -> list[str]:
        """The server's arguments: with sign-in JupyterHub's own, else what a plain server needs."""
        if self.auth_enabled:
            arguments: list[str] = super().get_args()
            return arguments
        options = {
            "base_url": self.server.base_url,
            "token": self.user_options["token"],
            "trust_xheaders": True,
            "default_url": self.default_url,
            "allow_origin": self.cors_allow_origin,
            # For single files "*" alone is not enough.
            "allow_origin_pat": ".*" if self.cors_allow_origin == "*" else "",
        }
        said = [f"--ServerApp.{name}={value}" for name, value in options.items() if value]
        return ["--ip=0.0.0.0", f"--port={self.port}", *said, *self.args]

    async def start(self) -> Any:
        """Start the image that was asked for; a launch without one, or without a token, is refused."""
        for needed in () if self.auth_enabled else ("token", "image"):
            if needed not in self.user_options:
                raise HTTPError(400, f"{needed} required")
        self.image = self.user_options.get("image", self.image)
        return await super().start()

    def get_env(self) -> dict[str, str]:
        """What a session finds in its environment."""
        environment: dict[str, str] = super().get_env()
        if "repo_url" in self.user_options:
            environment["BINDER_REPO_URL"] = self.user_options["repo_url"]
        told = {name.upper(): str(self.user_options[name]) for name in TOLD if name in self.user_options}
        return environment | told
