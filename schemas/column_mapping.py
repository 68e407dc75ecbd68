"""What an account's own columns mean: the sender's headers, or places, and the format's columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class MappedColumn:
    """A column of the sender's and the slot that it fills; None where it is left out.

    `header` is as the sender writes it, and blank where the columns are mapped by position.
    """

    header: str
    slot: str | None


@dataclass(frozen=True)
class ColumnMapping:
    """The columns of an account's files in their order, as a person mapped them.

    With `by_position` the files have no header, and the first column of the mapping is the first
    one of the file. `version` counts from 1 for each account and format.
    """

    version: int
    columns: tuple[MappedColumn, ...]
    by_position: bool = False

    @property
    def slots(self) -> dict[str, int]:
        """The index in the mapping, from 0, of the column that fills each slot."""
        return {column.slot: i for i, column in enumerate(self.columns) if column.slot}

    def as_json(self) -> dict[str, Any]:
        """The mapping as JSON can hold it; `mapping_from_json` reads it back."""
        return {
            "version": self.version,
            "by_position": self.by_position,
            "columns": columns_as_json(self.columns),
        }


def mapping_from_json(stored: Mapping[str, Any]) -> ColumnMapping:
    """A mapping that was kept, or that another process was given."""
    columns = tuple(MappedColumn(each["header"], each["slot"]) for each in stored["columns"])
    return ColumnMapping(stored["version"], columns, stored["by_position"])


def columns_as_json(columns: Sequence[MappedColumn]) -> list[dict[str, Any]]:
    """Columns as JSON can hold them."""
    return [{"header": column.header, "slot": column.slot} for column in columns]
