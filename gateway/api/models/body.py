"""What all bodies have in common: names in camel case, texts, errors, places in a list."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Status = Literal["waiting", "processing", "completed", "failed", "expired", "cancelled"]

PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*$"
"""No line breaks, no control characters, and none that change the direction of the text."""


def require_printable(text: str) -> str:
    """The text, if it has no line breaks and no control characters.

    Raises:
        ValueError: it has one.
    """
    if not re.fullmatch(PRINTABLE, text):
        raise ValueError("must not have line breaks or control characters")
    return text


Text = Annotated[
    str,
    # The pattern is for the description only: pydantic's own message would quote it.
    Field(min_length=1, max_length=200, json_schema_extra={"pattern": PRINTABLE}),
    AfterValidator(require_printable),
]


class Body(BaseModel):
    """A JSON object with names in camel case."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, frozen=True)

    @classmethod
    def of(cls, record: object, **own: Any) -> Self:  # noqa: ANN401 - as pydantic takes it
        """Make the body from a record.

        Fields take the values of the record's attributes of the same name, except those in `own`.

            Named.of(facility, name="Main Street")  → {"id": facility.id, "name": "Main Street"}
        """
        same = cls.model_fields.keys() - own.keys()
        return cls(**{name: getattr(record, name) for name in same}, **own)


class Problem(Body):
    """Why a call was refused."""

    status: int = Field(examples=[404])
    name: str = Field(examples=["NotFoundError"])
    title: str = Field(examples=["Not Found"])
    detail: str = Field(examples=["there is no such request"])


class Page(Body):
    """The place of a page in a list."""

    prev_page: str | None = Field(
        None, description="The call for the page before; left out on the first one."
    )
    next_page: str | None = Field(
        None, description="The call for the next page; null or left out on the last one."
    )
    items_on_page: int
    items_in_total: int | None = Field(
        None, description="Items on all pages; only on the first page, and not of a search."
    )


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Descriptions of the errors that a call may answer with, besides those of every call."""
    return {status: {"model": Problem} for status in (400, 401, 429, 503, *statuses)}
