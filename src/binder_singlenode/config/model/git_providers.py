"""The sections `github` and `gitlab` of the host file: servers of repositories."""

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from binder_singlenode.config.model import fields
from binder_singlenode.config.model.addresses import FieldError
from binder_singlenode.config.model.secret import Secret
from binder_singlenode.config.model.sections import Section


class _Provider(Section):
    """Base of both sections: private repositories need a token."""

    @field_validator("private_repositories", check_fields=False)
    @classmethod
    def _needs_token(cls, value: bool, info: ValidationInfo) -> bool:
        if value and "token" in info.data and info.data["token"] is None:
            raise FieldError(
                "private repositories need a token that may read them",
                hint="add a line token: beside it, as in token: env:GIT_TOKEN",
            )
        return value


class GitHub(_Provider):
    """GitHub, or a GitHub Enterprise Server."""

    host: fields.HostName = "github.com"
    """The server's DNS name: github.com, or that of a GitHub Enterprise Server."""
    token: Secret | None = None
    """Reference to a personal access token: env:NAME, file:PATH or age:PATH. GitHub allows 60 API requests an
    hour without a token, 5000 with one. For public repositories the token needs no permissions."""
    private_repositories: Annotated[bool, Field(validate_default=True)] = False
    """Let builds clone every repository that the token can read. All users who can launch can then read these
    repositories: allow sign-in only to users who are permitted to do so."""


class GitLab(_Provider):
    """GitLab: gitlab.com, or a self-hosted server."""

    host: fields.HostName = "gitlab.com"
    """The server's DNS name."""
    token: Secret | None = None
    """Reference to a personal, group or project access token with the scopes read_api and read_repository:
    env:NAME, file:PATH or age:PATH."""
    private_repositories: Annotated[bool, Field(validate_default=True)] = False
    """Let builds clone every repository that the token can read. All users who can launch can then read these
    repositories: allow sign-in only to users who are permitted to do so."""
