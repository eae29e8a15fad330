"""Options of JupyterHub and its proxy, from their traits: JupyterHub 5.3 to 5.5."""

from __future__ import annotations

from binder_singlenode.values.options.authenticators import AUTHENTICATORS
from binder_singlenode.values.options.lists import addresses
from binder_singlenode.values.options.spawners import SPAWNERS
from binder_singlenode.values.options.types import (
    Check,
    anything,
    command,
    in_code,
    mapping,
    number,
    options,
    sequence,
    switch,
    text,
    texts,
    whole,
)

APPLICATION: dict[str, Check] = {
    **options(anything, "log_level"),
    **options(text, "log_format log_datefmt"),
    **options(mapping, "logging_config"),
    **options(switch, "show_config show_config_json"),
}
"""Options of every program that is made with traitlets."""

_JUPYTERHUB: dict[str, Check] = {
    **APPLICATION,
    **options(command, "proxy_cmd"),
    **options(in_code, "user_redirect_hook"),
    **options(mapping, "api_tokens custom_scopes db_kwargs external_ssl_authorities"),
    **options(mapping, "jinja_environment_options load_groups service_tokens template_vars"),
    **options(mapping, "tornado_settings"),
    **options(number, "cookie_max_age_days implicit_spawn_seconds"),
    **options(sequence, "admin_users extra_handlers extra_log_handlers load_roles services template_paths"),
    **options(switch, "admin_access allow_named_servers answer_yes authenticate_prometheus cleanup_proxy"),
    **options(switch, "cleanup_servers confirm_no_ssl cookie_host_prefix_enabled debug_db debug_proxy"),
    **options(switch, "generate_certs generate_config internal_ssl recreate_internal_certs"),
    **options(switch, "redirect_to_server reset_db shutdown_on_logout trust_user_provided_tokens"),
    **options(switch, "upgrade_db use_legacy_stopped_server_status_code"),
    **options(text, "authenticator_class base_url bind_url config_file cookie_secret cookie_secret_file"),
    **options(text, "data_files_path db_url default_server_name default_url extra_log_file"),
    **options(text, "forwarded_host_header hub_bind_url hub_connect_ip hub_connect_url hub_ip"),
    **options(text, "hub_routespec internal_certs_location ip logo_file pid_file proxy_api_ip"),
    **options(text, "proxy_auth_token proxy_class public_url spawner_class ssl_cert ssl_key statsd_host"),
    **options(text, "statsd_prefix subdomain_hook subdomain_host"),
    **options(texts, "trusted_alt_names"),
    "trusted_downstream_ips": addresses,
    **options(whole(0), "active_server_limit active_user_window activity_resolution"),
    **options(whole(0), "api_page_default_limit api_page_max_limit concurrent_spawn_limit"),
    **options(whole(0), "hub_connect_port hub_port init_spawners_timeout"),
    **options(whole(0), "named_server_limit_per_user oauth_token_expires_in port proxy_api_port"),
    **options(whole(0), "proxy_check_interval service_check_interval statsd_port"),
    **options(whole(0), "token_expires_in_max_seconds"),
    "last_activity_interval": whole(1),
}

_PROXY: dict[str, Check] = {
    **options(mapping, "extra_routes"),
    **options(switch, "should_start"),
}

_HTTP_PROXY: dict[str, Check] = {
    **_PROXY,
    **options(command, "command"),
    **options(switch, "debug"),
    **options(text, "api_url auth_token log_level pid_file"),
    **options(whole(0), "check_running_interval concurrency"),
}

_CRYPT_KEEPER: dict[str, Check] = {
    **options(sequence, "keys"),
    **options(whole(0), "n_threads"),
}

_METRICS: dict[str, Check] = {
    **options(number, "event_loop_interval_log_threshold event_loop_interval_resolution"),
    **options(switch, "active_users_enabled event_loop_interval_enabled"),
    **options(whole(0), "active_users_update_interval"),
}

HUB_CLASSES: dict[str, dict[str, Check]] = {
    "JupyterHub": _JUPYTERHUB,
    "Application": APPLICATION,
    "Proxy": _PROXY,
    "ConfigurableHTTPProxy": _HTTP_PROXY,
    "CryptKeeper": _CRYPT_KEEPER,
    "PeriodicMetricsCollector": _METRICS,
    **SPAWNERS,
    **AUTHENTICATORS,
}
