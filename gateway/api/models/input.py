"""What bodies of calls have in common that create or change something."""

from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, ConfigDict, Field

from gateway.api.models.body import PRINTABLE, Body, require_printable

Cell = Annotated[
    str,
    Field(max_length=1000, json_schema_extra={"pattern": PRINTABLE}),
    AfterValidator(require_printable),
]
"""A text that becomes a cell of a row; it may be empty. The row's rules judge what it says."""


class Unsupported(Exception):
    """A body has a field of Metriport's API that is not worked with here."""


class Input(Body):
    """A JSON object without fields that the call does not know.

    `UNSUPPORTED` says of each field of Metriport's API that is not worked with here what it is, so
    that it is refused in words and never left out silently.
    """

    model_config = ConfigDict(extra="forbid")

    UNSUPPORTED: ClassVar[dict[str, str]] = {}

    def require_supported(self) -> None:
        """Refuse a body with a field that is not worked with here.

        Raises:
            Unsupported: naming the field.
        """
        for name, what in self.UNSUPPORTED.items():
            if getattr(self, name) is not None:
                alias = type(self).model_fields[name].alias
                raise Unsupported(f"{alias}: {what}; leave it out")


def unsupported() -> Any:  # noqa: ANN401 - as pydantic takes it
    """A field that only `UNSUPPORTED` speaks of."""
    return Field(None, json_schema_extra={"deprecated": True}, exclude=True)
