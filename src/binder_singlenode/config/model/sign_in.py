"""The section `sign_in` of the host file: the users who may launch."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, Strict, ValidationInfo, WithJsonSchema, field_validator

from binder_singlenode.config.model import fields
from binder_singlenode.config.model.addresses import FieldError, show
from binder_singlenode.config.model.secret import Secret
from binder_singlenode.config.model.sections import Section

Provider = Literal["none", "github", "gitlab", "oidc"]


def _plain(text: str) -> str:
    """Name of a user, group or claim: one line, without spaces around it."""
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
    """Users who may sign in. One matching entry is enough."""

    everyone: bool = False
    """Allow every account of the provider. On github.com and gitlab.com, anyone can create an account."""
    users: Names = ()
    """User names at the provider."""
    organizations: Names = ()
    """GitHub: organizations (example-org) and their teams (example-org:team-name)."""
    groups: Names = ()
    """GitLab: groups by full path (example/group). OIDC: values of groups_claim."""

    @property
    def nobody(self) -> bool:
        return not (self.everyone or self.users or self.organizations or self.groups)


def _needed(value: Any, info: ValidationInfo, providers: tuple[str, ...]) -> Any:
    """`value`; raises FieldError when it is missing and the provider is one of `providers`."""
    provider = info.data.get("provider")
    if value is None and provider in providers:
        raise FieldError(
            f"sign-in through {provider} needs {info.field_name}",
            hint=f"the provider shows it where the application is registered; add {info.field_name}:",
            near="provider",
        )
    return value


class SignIn(Section):
    """Sign-in before a launch. Without this section there is no sign-in, as on mybinder.org."""

    provider: Provider = "none"
    """none: everyone can launch. github, gitlab: accounts on the servers named in the sections github and
    gitlab. oidc: any other identity provider with OpenID Connect."""
    client_id: Annotated[Name | None, Field(validate_default=True)] = None
    """The client ID (GitLab: application ID) of this BinderHub at the provider. Register this callback URL
    there: HOST/jupyter/hub/oauth_callback, or with domain hub.DOMAIN/hub/oauth_callback"""
    client_secret: Annotated[Secret | None, Field(validate_default=True)] = None
    """Reference to the client secret: env:NAME, file:PATH or age:PATH."""
    authorize_url: Annotated[Endpoint | None, Field(validate_default=True)] = None
    """OIDC: authorization_endpoint of the provider's /.well-known/openid-configuration."""
    token_url: Annotated[Endpoint | None, Field(validate_default=True)] = None
    """OIDC: token_endpoint of the provider's /.well-known/openid-configuration."""
    userdata_url: Annotated[Endpoint | None, Field(validate_default=True)] = None
    """OIDC: userinfo_endpoint of the provider's /.well-known/openid-configuration."""
    scopes: Names = ("openid", "profile")
    """OIDC: the scopes to request from the provider."""
    username_claim: Name = "preferred_username"
    """OIDC: the claim that contains the user name. Its value must be unique, and users must not be able to
    change their own."""
    groups_claim: Name = "groups"
    """OIDC: the claim that lists the user's groups, for allowed.groups."""
    allowed: Annotated[fields.MayBeEmpty[Allowed], Field(validate_default=True)] = Allowed()
    """Users who may sign in. One matching entry is enough."""
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
                "no user may sign in",
                hint="name users, organizations or groups below allowed:, or write everyone: true",
                near="provider",
            )
        for kind, there in (("organizations", "github"), ("groups", "gitlab and oidc")):
            if getattr(value, kind) and provider not in there:
                raise FieldError(f"{kind} are for {there}, the provider is {provider}", hint=_instead(kind))
        return value

    @property
    def on(self) -> bool:
        """Whether users have to sign in."""
        return self.provider != "none"


def _instead(kind: str) -> str:
    return "use groups instead" if kind == "organizations" else "use organizations instead"
