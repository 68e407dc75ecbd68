"""Column mappings: what the columns of an account's own files mean."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, Field

from gateway.api.models.body import Body, Text
from gateway.api.models.input import Input
from registry.accounts.column_mappings import MAX_COLUMNS, MAX_HEADER_CHARS, KeptMapping
from rosters.mapping.mapping_file import slot_of_field
from schemas.column_mapping import MappedColumn
from schemas.formats import Format


def _require_storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not have a NUL character")
    return text


Header = Annotated[str, Field(max_length=MAX_HEADER_CHARS), AfterValidator(_require_storable)]
"""A header as it stands in the sender's file, which may have line breaks."""


class NewMappedColumn(Input):
    """A column of the sender's, in the order of the file."""

    header: Header = Field("", examples=["Forename"], description="Blank where there is none.")
    field: Text | None = Field(
        None,
        examples=["Patient First Name"],
        description="The format's column, by any of its spellings; without it the column is left "
        "out.",
    )


class NewColumnMapping(Input):
    """Columns that become the version in use."""

    format: Text | None = Field(None, description="Without it the account's own.")
    by_position: bool = Field(
        default=False,
        description="The files have no header: the first column here is the first one there.",
    )
    columns: list[NewMappedColumn] = Field(min_length=1, max_length=MAX_COLUMNS)

    def mapped(self, file_format: Format) -> list[MappedColumn]:
        """The columns with the format's slots.

        Raises:
            NotAllowed: a field is none of the format's.
        """
        return [
            MappedColumn(
                each.header, slot_of_field(each.field, file_format) if each.field else None
            )
            for each in self.columns
        ]


class MappedColumnBody(Body):
    """A column, and what it is; without a field it is left out."""

    header: str
    field: str | None = None


class ColumnMappingBody(Body):
    """A version of a mapping; it never changes."""

    format: str
    version: int
    by_position: bool
    columns: list[MappedColumnBody]
    created_at: datetime
    created_by: str
    ended_at: datetime | None = Field(None, description="Left out while it is in use.")
    ended_by: str | None = None

    @classmethod
    def shown(cls, kept: KeptMapping, file_format: Format) -> Self:
        """The version with the names of the format's columns."""
        mapping = kept.mapping
        columns = [
            MappedColumnBody(
                header=each.header,
                field=file_format.label_of(each.slot) if each.slot else None,
            )
            for each in mapping.columns
        ]
        return cls.of(
            kept, version=mapping.version, by_position=mapping.by_position, columns=columns
        )


class ColumnMappings(Body):
    """All versions, by format, the latest first."""

    column_mappings: list[ColumnMappingBody]

    @classmethod
    def of_all(cls, found: Iterable[ColumnMappingBody]) -> Self:
        """The versions in their order."""
        return cls(column_mappings=list(found))
