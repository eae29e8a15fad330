package traits

import "strings"

// classes holds the options of BinderHub at b9fad995: name:kind, `?` where None is allowed, `*` for
// types (Python classes, callables, unions) that are not checked. After `<`, the class it inherits from.
var classes = map[string]string{
	"BinderHub": `config_file:s google_analytics_code:s? google_analytics_domain:s about_message:s
		banner_message:s default_opengraph_title:s extra_header_html:d extra_footer_scripts:d base_url:s
		badge_base_url:* cors_allow_origin:s auth_enabled:b port:i appendix:s sticky_builds:b use_registry:b
		build_class:* build_cleaner_class:* registry_class:* health_handler_class:* per_repo_quota:i pod_quota:i?
		per_repo_quota_higher:i launch_quota_class:* log_tail_lines:i push_secret:s? image_prefix:s
		build_memory_request:m build_memory_limit:m debug:b build_docker_host:s build_docker_config:d?
		hub_api_token:s hub_url:s hub_url_local:s build_namespace:s build_image:s build_node_selector:d
		repo_providers:d concurrent_build_limit:i executor_threads:i build_cleanup_interval:i build_max_age:i
		build_token_check_origin:b build_token_expires_seconds:i build_token_secret:* builder_required:b
		ban_networks:d tornado_settings:d template_variables:d template_path:s extra_static_path:s
		extra_static_url_prefix:s normalized_origin:s enable_api_only_mode:b log_level:* buildDockerConfig:d?`,
	"BuildExecutor": `git_credentials:s push_secret:s registry_credentials:d memory_limit:m appendix:s
		builder_info:d repo2docker_extra_args:l`,
	"KubernetesBuildExecutor": `namespace:s build_image:s image_pull_secrets:l docker_host:s? resources:d
		memory_request:m node_selector:d extra_envs:d log_tail_lines:i sticky_builds:b < BuildExecutor`,
	"KubernetesCleaner": `max_age:i`,
	"Launcher": `allow_named_servers:b named_server_limit_per_user:i retries:i retry_delay:i
		pre_launch_hook:* launch_timeout:i`,
	"LaunchQuota":           `total_quota:i?`,
	"KubernetesLaunchQuota": `namespace:s < LaunchQuota`,
	"RateLimiter":           `period_seconds:i limit:i clean_seconds:i`,
	"DockerRegistry": `url:s auth_config_url:s docker_config_path:s token_url:s username:s password:s
		not_found_401:b`,
	"RepoProvider":    `allowed_specs:l banned_specs:l high_quota_specs:l spec_config:l git_credentials:s`,
	"GitRepoProvider": `allowed_protocols:l < RepoProvider`,
	"GitHubRepoProvider": `hostname:s api_base_path:s client_id:s client_secret:s access_token:s
		< RepoProvider`,
	"GitLabRepoProvider":     `hostname:s access_token:s private_token:s < RepoProvider`,
	"GistRepoProvider":       `allow_secret_gist:b < GitHubRepoProvider`,
	"ZenodoProvider":         `< RepoProvider`,
	"FigshareProvider":       `< RepoProvider`,
	"DataverseProvider":      `< RepoProvider`,
	"HydroshareProvider":     `< RepoProvider`,
	"CKANProvider":           `< RepoProvider`,
	"EventLog":               `handlers_maker:* allowed_schemas:l`,
	"HubOAuth":               `hub_host:s base_url:s`,
	"ExternalRegistryHelper": `service_url:s? auth_token:s < DockerRegistry`,
}

// knownTraits returns the options of a class with those it inherits, and whether there is such a class.
func knownTraits(class string) (map[string]string, bool) {
	text, ok := classes[class]
	if !ok {
		return nil, false
	}
	own, parent, _ := strings.Cut(text, "<")
	known := map[string]string{}
	if inherited, ok := knownTraits(strings.TrimSpace(parent)); ok {
		known = inherited
	}
	for _, field := range strings.Fields(own) {
		name, kind, _ := strings.Cut(field, ":")
		known[name] = kind
	}
	return known, true
}
