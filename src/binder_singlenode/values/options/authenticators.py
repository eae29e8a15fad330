"""Options of the authenticators, from their traits: JupyterHub 5.3 to 5.5, oauthenticator 17.3."""

from __future__ import annotations

from binder_singlenode.values.options.lists import regex
from binder_singlenode.values.options.types import (
    Check,
    anything,
    command,
    in_code,
    mapping,
    options,
    sequence,
    switch,
    text,
    text_or_null,
    texts,
    unblocked,
    whole,
)

_AUTHENTICATOR: dict[str, Check] = {
    **options(anything, "otp_prompt post_auth_hook"),
    **options(mapping, "username_map"),
    **options(sequence, "admin_users allowed_users blocked_users whitelist"),
    "blacklist": unblocked,
    **options(switch, "allow_all allow_existing_users any_allow_config auto_login"),
    **options(switch, "auto_login_oauth2_authorize delete_invalid_users enable_auth_state manage_groups"),
    **options(switch, "manage_roles refresh_pre_spawn refresh_pre_stop request_otp"),
    **options(switch, "reset_managed_roles_on_startup"),
    "username_pattern": regex,
    **options(whole(0), "auth_refresh_age"),
}

_LOCAL_AUTHENTICATOR: dict[str, Check] = {
    **_AUTHENTICATOR,
    **options(command, "add_user_cmd"),
    **options(mapping, "uids"),
    **options(sequence, "allowed_groups group_whitelist"),
    **options(switch, "create_system_users"),
}

_PAMAUTHENTICATOR: dict[str, Check] = {
    **_LOCAL_AUTHENTICATOR,
    **options(sequence, "admin_groups"),
    **options(switch, "check_account open_sessions pam_normalize_username"),
    **options(text, "encoding service"),
    **options(whole(0), "executor_threads"),
}

_DUMMY_AUTHENTICATOR: dict[str, Check] = {
    **_AUTHENTICATOR,
    **options(text, "password"),
}

_SHARED_PASSWORD_AUTHENTICATOR: dict[str, Check] = {
    **_AUTHENTICATOR,
    **options(mapping, "password_groups"),
    **options(text_or_null, "admin_password user_password"),
}

_OAUTHENTICATOR: dict[str, Check] = {
    **_AUTHENTICATOR,
    **options(in_code, "modify_auth_state_hook refresh_user_hook"),
    **options(mapping, "extra_authorize_params http_request_kwargs token_params userdata_params"),
    **options(switch, "allow_all allow_existing_users basic_auth enable_pkce userdata_from_id_token"),
    **options(switch, "validate_server_cert"),
    **options(text, "auth_state_groups_key authorize_url client_id client_secret custom_403_message"),
    **options(text, "login_service logout_redirect_url oauth_callback_url token_url userdata_token_method"),
    **options(text, "userdata_url username_claim"),
    **options(texts, "admin_groups allowed_groups allowed_scopes scope"),
}

_AUTH0_OAUTHENTICATOR: dict[str, Check] = {
    **_OAUTHENTICATOR,
    **options(text, "auth0_domain auth0_subdomain username_key"),
}

_AZURE_AD_OAUTHENTICATOR: dict[str, Check] = {
    **_OAUTHENTICATOR,
    **options(text, "tenant_id user_groups_claim"),
}

_BITBUCKET_OAUTHENTICATOR: dict[str, Check] = {
    **_OAUTHENTICATOR,
    **options(sequence, "allowed_teams team_whitelist"),
}

_CILOGON_OAUTHENTICATOR: dict[str, Check] = {
    **_OAUTHENTICATOR,
    **options(mapping, "allowed_idps"),
    **options(sequence, "additional_username_claims idp_whitelist shown_idps"),
    **options(switch, "strip_idp_domain"),
    **options(text, "cilogon_host idp skin username_claim"),
    **options(texts, "scope"),
}

_GENERIC_OAUTHENTICATOR: dict[str, Check] = {
    **_OAUTHENTICATOR,
    **options(mapping, "extra_params"),
    **options(switch, "tls_verify"),
    **options(text, "claim_groups_key username_key"),
}

_GIT_HUB_OAUTHENTICATOR: dict[str, Check] = {
    **_OAUTHENTICATOR,
    **options(sequence, "allowed_organizations github_organization_whitelist"),
    **options(switch, "populate_teams_in_auth_state"),
    **options(text, "github_api github_client_id github_client_secret github_url"),
}

_GIT_LAB_OAUTHENTICATOR: dict[str, Check] = {
    **_OAUTHENTICATOR,
    **options(sequence, "allowed_gitlab_groups allowed_project_ids gitlab_group_whitelist"),
    **options(sequence, "gitlab_project_id_whitelist"),
    **options(text, "gitlab_api gitlab_api_version gitlab_url"),
}

_GLOBUS_OAUTHENTICATOR: dict[str, Check] = {
    **_OAUTHENTICATOR,
    **options(sequence, "admin_globus_groups allowed_globus_groups exclude_tokens"),
    **options(switch, "revoke_tokens_on_logout username_from_email"),
    **options(text, "globus_groups_url globus_local_endpoint identity_provider revocation_url"),
}

_GOOGLE_OAUTHENTICATOR: dict[str, Check] = {
    **_OAUTHENTICATOR,
    **options(mapping, "admin_google_groups allowed_google_groups google_group_whitelist"),
    **options(mapping, "google_service_account_keys gsuite_administrator"),
    **options(switch, "include_nested_groups strip_domain"),
    **options(text, "google_api_url"),
    **options(texts, "hosted_domain"),
}

_MWOAUTHENTICATOR: dict[str, Check] = {
    **_OAUTHENTICATOR,
    **options(text, "mw_index_url"),
    **options(whole(0), "executor_threads"),
}

_OPEN_SHIFT_OAUTHENTICATOR: dict[str, Check] = {
    **_OAUTHENTICATOR,
    **options(switch, "validate_cert"),
    **options(text, "ca_certs openshift_auth_api_url openshift_rest_api_url openshift_url"),
}

AUTHENTICATORS: dict[str, dict[str, Check]] = {
    "Authenticator": _AUTHENTICATOR,
    "LocalAuthenticator": _LOCAL_AUTHENTICATOR,
    "PAMAuthenticator": _PAMAUTHENTICATOR,
    "DummyAuthenticator": _DUMMY_AUTHENTICATOR,
    "SharedPasswordAuthenticator": _SHARED_PASSWORD_AUTHENTICATOR,
    "OAuthenticator": _OAUTHENTICATOR,
    "Auth0OAuthenticator": _AUTH0_OAUTHENTICATOR,
    "AzureAdOAuthenticator": _AZURE_AD_OAUTHENTICATOR,
    "BitbucketOAuthenticator": _BITBUCKET_OAUTHENTICATOR,
    "CILogonOAuthenticator": _CILOGON_OAUTHENTICATOR,
    "GenericOAuthenticator": _GENERIC_OAUTHENTICATOR,
    "GitHubOAuthenticator": _GIT_HUB_OAUTHENTICATOR,
    "GitLabOAuthenticator": _GIT_LAB_OAUTHENTICATOR,
    "GlobusOAuthenticator": _GLOBUS_OAUTHENTICATOR,
    "GoogleOAuthenticator": _GOOGLE_OAUTHENTICATOR,
    "MWOAuthenticator": _MWOAUTHENTICATOR,
    "OpenShiftOAuthenticator": _OPEN_SHIFT_OAUTHENTICATOR,
    "NullAuthenticator": _AUTHENTICATOR,
}

NOT_CHECKED = (
    "FirstUseAuthenticator",
    "HashAuthenticator",
    "LDAPAuthenticator",
    "LTI11Authenticator",
    "LTI13Authenticator",
    "LTIAuthenticator",
    "LocalGitHubOAuthenticator",
    "LocalGitLabOAuthenticator",
    "LocalGoogleOAuthenticator",
    "NativeAuthenticator",
    "TmpAuthenticator",
)
"""Other classes of the hub's image; their options are not checked."""
