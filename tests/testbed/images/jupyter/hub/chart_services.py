"""Services and roles: the idle culler, which runs beside the hub, and those that the values name."""

from typing import Any

from chart_values import Values

CULLER = "jupyterhub-idle-culler"
# What its own documentation asks for; to delete users it needs one more.
CULLER_SCOPES = ["list:users", "read:users:activity", "read:servers", "delete:servers"]


def configure_services(c: Any, values: Values) -> None:
    """`cull`, `hub.services` and `hub.loadRoles`."""
    services, roles = [], []
    if values.at("cull.enabled"):
        services.append({"name": CULLER, "command": _command(values)})
        more = ["admin:users"] if values.at("cull.users") else []
        roles.append({"name": CULLER, "services": [CULLER], "scopes": [*CULLER_SCOPES, *more]})
    for name, service in values.at("hub.services", {}).items():
        given = {key: value for key, value in service.items() if key != "apiToken"}
        token = values.secret(f"hub.services.{name}.apiToken")
        services.append({"name": name, **given, "api_token": token})
    roles += [{"name": name, **role} for name, role in values.at("hub.loadRoles", {}).items()]
    c.JupyterHub.services = services
    c.JupyterHub.load_roles = roles


def _command(values: Values) -> list[str]:
    base = values.at("hub.baseUrl", "/").rstrip("/")
    words = ["python3", "-m", "jupyterhub_idle_culler", f"--url=http://localhost:8081{base}/hub/api"]
    options = {"timeout": "timeout", "cull-every": "every", "concurrency": "concurrency", "max-age": "maxAge"}
    for option, key in options.items():
        if number := values.at(f"cull.{key}"):
            words.append(f"--{option}={number}")
    if values.at("cull.users"):
        words.append("--cull-users")
    if not values.at("cull.adminUsers"):
        words.append("--cull-admin-users=false")
    if values.at("cull.removeNamedServers"):
        words.append("--remove-named-servers")
    return words
