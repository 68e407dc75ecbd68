"""How a file is laid out: delimiter, header, and which column of the file fills which slot.

A layout is worked out once for each attempt over a file (`rosters/read_layout.py`) and kept with
the attempt as JSON; everybody who works on the attempt later reads it from there.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rosters.encoding import TextEncoding
from schemas.formats import Format

JSON_VERSION = 4
"""Raise it when `Layout` or the meaning of one of its fields changes."""

_ADDED_SINCE: dict[int, dict[str, Any]] = {
    2: {"sheet": "", "member": "", "mapping": 0},
    3: {"mapping": 0},
    JSON_VERSION: {},
}
"""The fields that layouts of earlier versions lack, with what those files had of them. Such layouts
are read, because the file of an old attempt may be gone from the archive."""


@dataclass(frozen=True)
class Layout:
    """The shape of one file.

    `headers` are as they came (none for a headerless format), `lines_before_header` how many lines
    without data stand above them. `slots` maps slot to column index;
    `ours` are the indices of result columns that came back and are ignored; `unknown` those of
    columns the format does not know. `notes` are (code, message) about the file as a whole. `sheet`
    is the sheet of a workbook, `member` the file in an archive, where that is what was read.
    `mapping` is the version of the account's column mapping that was used, 0 for none.
    """

    encoding: TextEncoding
    delimiter: str
    headers: tuple[str, ...]
    width: int
    slots: dict[str, int]
    ours: tuple[int, ...] = ()
    unknown: tuple[int, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    space_before_quotes: bool = False
    lines_before_header: int = 0
    sheet: str = ""
    member: str = ""
    mapping: int = 0

    @property
    def has_header(self) -> bool:
        """Whether the file has a header."""
        return bool(self.headers)

    @property
    def lines_before_rows(self) -> int:
        """How many lines stand above the first row, as a spreadsheet counts them."""
        return self.lines_before_header + int(self.has_header)

    @property
    def echoed(self) -> tuple[int, ...]:
        """Indices of the columns that come back in the result file: all but ours."""
        return tuple(i for i in range(self.width) if i not in self.ours)

    @property
    def column_names(self) -> tuple[str, ...]:
        """What messages call each column: its header, else `column 3` for the third one."""
        headers = self.headers or ("",) * self.width
        return tuple(header.strip() or f"column {i + 1}" for i, header in enumerate(headers))

    def index_of(self, slot: str | None, name: str | None) -> int | None:
        """The index of a column by its slot, or by its name if it has no slot.

        None where the file has no such column, or several columns without a slot share the name.
        """
        if slot is not None:
            return self.slots.get(slot)
        # The ledger cannot hold a NUL character, and has this one in its place.
        names = [each.replace("\0", "\ufffd") for each in self.column_names]
        found = [i for i, each in enumerate(names) if each == name]
        without_slot = set(found) - set(self.slots.values())
        return without_slot.pop() if len(without_slot) == 1 else None

    def as_json(self) -> dict[str, Any]:
        """The layout as JSON can hold it; `layout_from_json` reads it back."""
        lists = {name: list(getattr(self, name)) for name in ("headers", "ours", "unknown")}
        notes = [list(note) for note in self.notes]
        return asdict(self) | lists | {"notes": notes, "version": JSON_VERSION}


def layout_from_json(stored: Mapping[str, Any] | None, file_format: Format) -> Layout | None:
    """The layout that was kept; None where there is none, or this code cannot rely on it.

    It must be of a version that is read, hold exactly the fields that this code would
    write, fit together, and name only slots that the format still has. Otherwise the layout has to
    be worked out from the file again.
    """
    if stored is None or stored.get("version") not in _ADDED_SINCE:
        return None
    stored = {**stored, **_ADDED_SINCE[stored["version"]], "version": JSON_VERSION}
    try:
        layout = _from_fields(**{name: stored[name] for name in stored if name != "version"})
        is_reliable = layout.as_json() == stored and _fits_together(layout, file_format)
    except (TypeError, ValueError):
        return None
    return layout if is_reliable else None


def _fits_together(layout: Layout, file_format: Format) -> bool:
    columns = range(layout.width)
    known = {column.slot for column in file_format.columns}
    return (
        len(layout.headers) in _header_counts(layout, file_format)
        and layout.lines_before_header >= 0
        and all(index in columns for index in (*layout.ours, *layout.unknown))
        and all(slot in known and index in columns for slot, index in layout.slots.items())
    )


def _header_counts(layout: Layout, file_format: Format) -> tuple[int, ...]:
    if layout.mapping:
        return (0, layout.width)
    return (layout.width if file_format.has_header else 0,)


def _from_fields(
    *,
    encoding: Mapping[str, Any],
    headers: list[str],
    slots: dict[str, int],
    ours: list[int],
    unknown: list[int],
    notes: list[tuple[str, str]],
    **scalars: Any,  # noqa: ANN401 - all fields that are plain values
) -> Layout:
    return Layout(
        encoding=TextEncoding(**encoding),
        headers=tuple(headers),
        slots=dict(slots),
        ours=tuple(ours),
        unknown=tuple(unknown),
        notes=tuple((code, message) for code, message in notes),
        **scalars,
    )
