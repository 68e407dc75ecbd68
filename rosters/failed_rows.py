"""The file of failed rows: the sender's own columns, and ours around them if the format says so."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from rosters.byte_source import ByteSource
from rosters.csv_reader import csv_records
from rosters.layout import Layout
from schemas.formats import Format, ResultLayout


def failed_rows_have_header(layout: Layout, result: ResultLayout) -> bool:
    """Whether the file has a header; one that can be sent again in a headerless format has none."""
    return layout.has_header or result.failed_has_ours


def echoed_headers(file_format: Format, layout: Layout) -> tuple[str, ...]:
    """The sender's headers. A file that has none, of a format that needs them, gets the format's.

    So the failed rows of a file whose columns were mapped by position can be sent again.
    """
    if layout.has_header:
        return layout.headers
    slots = {index: slot for slot, index in layout.slots.items()} if file_format.has_header else {}
    return tuple(
        file_format.column(slots[index]).header if index in slots else ""
        for index in range(layout.width)
    )


def write_again(file_format: Format, layout: Layout, rows: Iterable[Mapping[int, str]]) -> bytes:
    """Rows as a CSV file that can be sent again; each has its cells by the index of their column.

    Our own columns, which came back, are left out.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    if layout.has_header or file_format.has_header:
        headers = echoed_headers(file_format, layout)
        writer.writerow([headers[index] for index in layout.echoed])
    writer.writerows([row.get(index, "") for index in layout.echoed] for row in rows)
    return text.getvalue().encode()


def places_in_failed_rows(layout: Layout, result: ResultLayout) -> dict[int, int]:
    """The place in the file of failed rows of each column of the roster, both counted from 0."""
    before = len(result.before) if result.failed_has_ours else 0
    return {index: before + place for place, index in enumerate(layout.echoed)}


def read_failed_cells(
    source: ByteSource, layout: Layout, result: ResultLayout, first: int, count: int
) -> list[dict[int, str]]:
    """The sender's cells of some failed rows, each by the index that its column has in the roster.

    `first` counts from 0. A row may be shorter or longer than the header.
    """
    places = places_in_failed_rows(layout, result)
    rows = islice(_rows(source, layout, result), first, first + count)
    return [{i: row[place] for i, place in places.items() if place < len(row)} for row in rows]


def _rows(source: ByteSource, layout: Layout, result: ResultLayout) -> Iterator[list[str]]:
    return islice(failed_records(source), int(failed_rows_have_header(layout, result)), None)


def failed_records(source: ByteSource) -> Iterator[list[str]]:
    """The records of the file, a header included."""
    with (
        source.open("rb") as file,
        io.TextIOWrapper(file, encoding="utf-8", newline="") as text,
    ):
        yield from csv_records(text)
