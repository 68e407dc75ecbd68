"""The file of failed rows: the sender's own columns, and ours around them if the format says so."""

import io
from collections.abc import Iterator
from itertools import islice

from rosters.byte_source import ByteSource
from rosters.csv_reader import csv_records
from rosters.layout import Layout
from schemas.formats import ResultLayout


def failed_rows_have_header(layout: Layout, result: ResultLayout) -> bool:
    """Whether the file has a header; one that can be sent again in a headerless format has none."""
    return layout.has_header or result.failed_has_ours


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
