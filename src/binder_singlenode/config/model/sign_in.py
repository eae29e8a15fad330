"""The section `sign_in` of the host file: who may launch, where it is not everybody."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, Strict, ValidationInfo, WithJsonSchema, field_validator

from binder_singlenode.config.model import fields
from binder_singlenode.config.model.addresses import FieldError, show
from binder_singlenode.config.model.secret import Secret
from binder_singlenode.config.model.sections import Section

Provider = Literal["none", "github", "gitlab", "oidc"]


def _plain(text: str) -> str:
    """A user, group or claim: one line, nothing around it."""
    if not text or text != text.strip() or not text.isprintable():
        raise FieldError(f"{show(text)} is not a name", hint="one line of text without blanks around it")
    return text


def _endpoint(text: str) -> str:
    if not text.startswith("https://") or not text.isprintable() or " " in text or "@" in text:
        raise FieldError(
            f"{show(text)} is not an https URL", hint='as in "https://login.example.org/oauth2/token"'
        )
    return text


Name = Annotated[str, AfterValidator(_plain), WithJsonSchema({"type": "string", "minLength": 1})]
Names = Annotated[tuple[Name, ...], Strict(False)]
Endpoint = Annotated[
    str, AfterValidator(_endpoint), WithJsonSchema({"type": "string", "pattern": r"^https://[^\s@]+$"})
]


class Allowed(Section):
    """Who may sign in: whoever is in one of the lists."""

    everyone: bool = False
    """Whoever has an account with the provider. On github.com and gitlab.com that is the whole world."""
    users: Names = ()
    """Names of users at the provider."""
    organizations: Names = ()
    """GitHub: organizations, as example-org, and their teams, as example-org:team-name."""
    groups: Names = ()
    """GitLab: groups by their whole path, as example/group. OIDC: values of groups_claim."""

    @property
    def nobody(self) -> bool:
        return not (self.everyone or self.users or self.organizations or self.groups)


def _needed(value: Any, info: ValidationInfo, providers: tuple[str, ...]) -> Any:
    """`value`, which these providers cannot do without."""
    provider = info.data.get("provider")
    if value is None and provider in providers:
        raise FieldError(
            f"sign-in through {provider} needs {info.field_name}",
            hint=f"the provider shows it where the application is registered; add {info.field_name}:",
            near="provider",
        )
    return value


class SignIn(Section):
    """Sign-in before a launch. Without this section nobody signs in, as on mybinder.org."""

    provider: Provider = "none"
    """none: everybody can launch. github, gitlab: accounts of the servers named in the sections github and
    gitlab. oidc: any other identity provider with OpenID Connect."""
    client_id: Annotated[Name | None, Field(validate_default=True)] = None
    """The client ID (GitLab: application ID) under which this BinderHub is registered with the provider. The
    callback URL to register there is the hub's: HOST/jupyter/hub/oauth_callback, or with domain
    hub.DOMAIN/hub/oauth_callback"""
    client_secret: Annotated[Secret | None, Field(validate_default=True)] = None
    """The client secret, kept elsewhere: env:NAME, file:PATH or age:PATH."""
    authorize_url: Annotated[Endpoint | None, Field(validate_default=True)] = None
    """OIDC: authorization_endpoint of the provider's /.well-known/openid-configuration."""
    token_url: Annotated[Endpoint | None, Field(validate_default=True)] = None
    """OIDC: token_endpoint of the provider's /.well-known/openid-configuration."""
    userdata_url: Annotated[Endpoint | None, Field(validate_default=True)] = None
    """OIDC: userinfo_endpoint of the provider's /.well-known/openid-configuration."""
    scopes: Names = ("openid", "profile")
    """OIDC: what the provider is asked for."""
    username_claim: Name = "preferred_username"
    """OIDC: the claim whose value is the user's name. It must be unique, and its user must not be able to
    change it."""
    groups_claim: Name = "groups"
    """OIDC: the claim that lists the user's groups, for allowed.groups."""
    allowed: Annotated[fields.MayBeEmpty[Allowed], Field(validate_default=True)] = Allowed()
    """Who may sign in: whoever is in one of the lists."""
    admins: Names = ()
    """Users who may sign in and administer JupyterHub: see, stop and enter all sessions."""

    @field_validator("client_id", "client_secret")
    @classmethod
    def _registered(cls, value: Any, info: ValidationInfo) -> Any:
        return _needed(value, info, ("github", "gitlab", "oidc"))

    @field_validator("authorize_url", "token_url", "userdata_url")
    @classmethod
    def _endpoints(cls, value: Any, info: ValidationInfo) -> Any:
        provider = info.data.get("provider")
        if value is not None and provider in ("github", "gitlab"):
            raise FieldError(
                f"{info.field_name} is for oidc, the provider is {provider}",
                hint=f"remove the line; the address of the server goes to {provider}.host",
            )
        return _needed(value, info, ("oidc",))

    @field_validator("allowed")
    @classmethod
    def _somebody(cls, value: Allowed, info: ValidationInfo) -> Allowed:
        provider = info.data.get("provider", "none")
        if provider == "none":
            return value
        if value.nobody:
            raise FieldError(
                "nobody may sign in",
                hint="name users, organizations or groups below allowed:, or write everyone: true",
                near="provider",
            )
        for kind, there in (("organizations", "github"), ("groups", "gitlab and oidc")):
            if getattr(value, kind) and provider not in there:
                raise FieldError(f"{kind} are for {there}, the provider is {provider}", hint=_instead(kind))
        return value

    @property
    def on(self) -> bool:
        """Whether anybody has to sign in."""
        return self.provider != "none"


def _instead(kind: str) -> str:
    return "use groups instead" if kind == "organizations" else "use organizations instead"
