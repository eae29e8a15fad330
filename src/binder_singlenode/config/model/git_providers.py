"""The sections `github` and `gitlab` of the host file: where repositories come from."""

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from binder_singlenode.config.model import fields
from binder_singlenode.config.model.addresses import FieldError
from binder_singlenode.config.model.secret import Secret
from binder_singlenode.config.model.sections import Section


class _Provider(Section):
    """What both have: a token, and what it may be used for."""

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
    """The server's name: github.com, or that of a GitHub Enterprise Server."""
    token: Secret | None = None
    """A personal access token, kept elsewhere: env:NAME, file:PATH or age:PATH. Without one, GitHub answers
    60 questions an hour, with one 5000. Public repositories need a token without any permission."""
    private_repositories: Annotated[bool, Field(validate_default=True)] = False
    """Let builds clone what the token may read. Whoever can launch can then read all of it: allow sign-in
    only to people who may."""


class GitLab(_Provider):
    """GitLab: gitlab.com, or a server of one's own."""

    host: fields.HostName = "gitlab.com"
    """The server's name."""
    token: Secret | None = None
    """A personal, group or project access token with the scopes read_api and read_repository, kept elsewhere:
    env:NAME, file:PATH or age:PATH."""
    private_repositories: Annotated[bool, Field(validate_default=True)] = False
    """Let builds clone what the token may read. Whoever can launch can then read all of it: allow sign-in
    only to people who may."""
