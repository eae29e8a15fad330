"""The hub itself: its addresses, database, limits and secrets, and its way to the proxy."""

from typing import Any

from chart_values import Values


def configure_hub(c: Any, values: Values) -> None:
    """`hub.*` but for config, extraConfig, services and loadRoles."""
    _addresses(c, values)
    values.give(
        c.JupyterHub,
        active_server_limit="hub.activeServerLimit",
        allow_named_servers="hub.allowNamedServers",
        authenticate_prometheus="hub.authenticatePrometheus",
        concurrent_spawn_limit="hub.concurrentSpawnLimit",
        named_server_limit_per_user="hub.namedServerLimitPerUser",
        redirect_to_server="hub.redirectToServer",
        shutdown_on_logout="hub.shutdownOnLogout",
        template_paths="hub.templatePaths",
        template_vars="hub.templateVars",
    )
    values.give(c.Spawner, consecutive_failure_limit="hub.consecutiveFailureLimit")
    in_memory = values.at("hub.db.type") == "sqlite-memory"
    c.JupyterHub.db_url = "sqlite://" if in_memory else "sqlite:///jupyterhub.sqlite"
    c.JupyterHub.cookie_secret = values.secret("hub.config.JupyterHub.cookie_secret")
    c.CryptKeeper.keys = [values.secret("hub.config.CryptKeeper.keys")]
    # Sessions outlive the hub; a launch is answered at once, and its progress asked for.
    c.JupyterHub.cleanup_servers = False
    c.JupyterHub.tornado_settings = {"slow_spawn_timeout": 0}
    c.JupyterHub.last_activity_interval = 60
    if values.at("debug.enabled"):
        c.JupyterHub.log_level = "DEBUG"
        c.Spawner.debug = True


def _addresses(c: Any, values: Values) -> None:
    values.give(c.JupyterHub, base_url="hub.baseUrl")
    c.JupyterHub.hub_bind_url = "http://:8081"
    c.JupyterHub.hub_connect_url = "http://hub:8081"
    # A pod of its own, with its token in CONFIGPROXY_AUTH_TOKEN.
    c.ConfigurableHTTPProxy.should_start = False
    c.ConfigurableHTTPProxy.api_url = "http://proxy-api:8001"
