"""Check a parsed document against a pydantic model, and report its first mistake."""

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from binder_singlenode.errors import BundleError

Text = Annotated[str, StringConstraints(min_length=1)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Bytes = Annotated[int, Field(ge=0)]


class Shape(BaseModel):
    """Unknown keys are errors, and no value is converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


M = TypeVar("M", bound=Shape)


def checked(model: type[M], document: Any, *, where: str, hint: str) -> M:
    """The document as a model. Raises BundleError that names the place of the first mistake."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        message = str(first["msg"]).removeprefix("Value error, ")
        raise BundleError(
            ": ".join(filter(None, (_place(first["loc"]), message))), where=where, hint=hint
        ) from None


def _place(location: Sequence[str | int]) -> str:
    """As in files[0].kind."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in location if step != "[key]")
    return "".join(steps).removeprefix(".")
