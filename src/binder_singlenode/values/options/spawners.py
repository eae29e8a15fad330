"""Options of JupyterHub's spawners, from their traits: JupyterHub 5.3 to 5.5, kubespawner 7.0 and 7.1.

`options(check, names)`; a subclass has the options of its parent too.
"""

from __future__ import annotations

from binder_singlenode.values.options.types import (
    Check,
    anything,
    command,
    command_or_null,
    in_code,
    mapping,
    mapping_or_null,
    number,
    number_or_null,
    options,
    sequence,
    sequence_or_mapping,
    size,
    switch,
    switch_or_null,
    text,
    text_or_null,
    texts,
    texts_or_text,
    whole,
    whole_or_null,
)

_SPAWNER: dict[str, Check] = {
    **options(anything, "auth_state_hook post_stop_hook pre_spawn_hook progress_ready_hook"),
    **options(command_or_null, "cmd"),
    **options(mapping, "environment group_overrides"),
    **options(mapping_or_null, "apply_user_options"),
    **options(number, "poll_jitter"),
    **options(number_or_null, "cpu_guarantee cpu_limit"),
    **options(sequence, "env_keep oauth_client_allowed_scopes oauth_roles server_token_scopes"),
    **options(sequence, "ssl_alt_names"),
    **options(size, "mem_guarantee mem_limit"),
    **options(switch, "debug disable_user_config ssl_alt_names_include_local"),
    **options(text, "default_url ip notebook_dir options_form options_from_form"),
    **options(text_or_null, "hub_connect_url"),
    **options(texts, "args"),
    **options(whole(0), "consecutive_failure_limit http_timeout poll_interval port start_timeout"),
}

_LOCAL_PROCESS: dict[str, Check] = {
    **_SPAWNER,
    **options(command, "shell_cmd"),
    **options(mapping, "popen_kwargs"),
    **options(whole(0), "interrupt_timeout kill_timeout term_timeout"),
}

_KUBE_SPAWNER: dict[str, Check] = {
    **_SPAWNER,
    **options(command_or_null, "cmd"),
    **options(in_code, "after_pod_created_hook get_pod_url modify_pod_hook"),
    **options(mapping, "common_labels container_security_context extra_annotations extra_container_config"),
    **options(mapping, "extra_labels extra_pod_config extra_resource_guarantees extra_resource_limits"),
    **options(mapping, "lifecycle_hooks node_selector pod_security_context storage_extra_annotations"),
    **options(mapping, "storage_extra_labels storage_selector user_namespace_annotations"),
    **options(mapping, "user_namespace_labels"),
    **options(sequence, "additional_profile_form_template_paths storage_access_modes supplemental_gids"),
    **options(sequence_or_mapping, "extra_containers init_containers node_affinity_preferred"),
    **options(sequence_or_mapping, "node_affinity_required pod_affinity_preferred pod_affinity_required"),
    **options(sequence_or_mapping, "pod_anti_affinity_preferred pod_anti_affinity_required profile_list"),
    **options(sequence_or_mapping, "tolerations volume_mounts volumes"),
    **options(switch, "delete_pvc delete_stopped_pods enable_user_namespaces events_enabled"),
    **options(switch, "handle_legacy_names privileged remember_pvc_name services_enabled"),
    **options(switch, "storage_pvc_ensure"),
    **options(switch_or_null, "allow_privilege_escalation automount_service_account_token"),
    **options(switch_or_null, "k8s_api_verify_ssl"),
    **options(text, "component_label dns_name_template image ip k8s_api_host k8s_api_ssl_ca_cert"),
    **options(text, "namespace pod_connect_ip pod_name_template priority_class_name profile_form_template"),
    **options(text, "pvc_name_template secret_mount_path secret_name_template slow_spawn_message"),
    **options(text, "slug_scheme user_namespace_template"),
    **options(text_or_null, "hub_connect_ip image_pull_policy scheduler_name service_account"),
    **options(text_or_null, "storage_capacity storage_class working_dir"),
    **options(texts_or_text, "image_pull_secrets"),
    **options(whole(0), "delete_grace_period hub_connect_port k8s_api_request_retry_timeout"),
    **options(whole(0), "k8s_api_request_timeout k8s_api_threadpool_workers slow_spawn_message_frequency"),
    **options(whole(0), "slow_spawn_message_threshold"),
    **options(whole_or_null, "fs_gid gid uid"),
}

_OLD_NAMES: dict[str, Check] = {
    **options(anything, "image_spec singleuser_working_dir singleuser_service_account user_storage_class"),
    **options(anything, "singleuser_extra_labels singleuser_extra_annotations singleuser_image_spec"),
    **options(anything, "singleuser_image_pull_policy singleuser_image_pull_secrets"),
    **options(anything, "singleuser_node_selector singleuser_uid singleuser_fs_gid"),
    **options(anything, "singleuser_privileged singleuser_extra_pod_config singleuser_supplemental_gids"),
    **options(
        anything, "singleuser_extra_container_config singleuser_extra_containers singleuser_init_containers"
    ),
    **options(anything, "user_storage_pvc_ensure user_storage_capacity user_storage_extra_labels"),
    **options(anything, "user_storage_access_modes"),
}
"""KubeSpawner still accepts these, with a warning."""

SPAWNERS: dict[str, dict[str, Check]] = {
    "Spawner": _SPAWNER,
    "LocalProcessSpawner": _LOCAL_PROCESS,
    "SimpleLocalProcessSpawner": {**_LOCAL_PROCESS, "home_dir_template": text},
    "KubeSpawner": {**_KUBE_SPAWNER, **_OLD_NAMES},
    "BinderSpawner": {**_KUBE_SPAWNER, "auth_enabled": switch, "cors_allow_origin": text},
    "BinderSpawnerMixin": {"auth_enabled": switch, "cors_allow_origin": text},
}
