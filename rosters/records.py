"""The records of any roster, read as tolerantly as people's exports need it."""

import io
from collections.abc import Iterator
from functools import partial
from itertools import islice

from rosters.byte_source import ByteSource
from rosters.layout import Layout
from rosters.record_reader import MAX_RECORD_CHARS, Record, RecordReader


def read_records(source: ByteSource, layout: Layout) -> Iterator[Record]:
    """Each record after the header; records without any cell are left out.

    A record's line is its row's number as a spreadsheet shows it: line breaks inside cells do not
    count.

    Raises:
        FileFault: as `RecordReader` does; no one can say where the rows end.
    """
    with (
        source.open("rb") as file,
        io.TextIOWrapper(file, encoding=layout.encoding.codec, newline="") as text,
    ):
        records = RecordReader(
            # No longer piece of a line than shows that it is too long.
            iter(partial(text.readline, MAX_RECORD_CHARS + 1), ""),
            layout.delimiter,
            width=layout.width,
            is_ragged=not layout.has_header,
            space_before_quotes=layout.space_before_quotes,
        )
        for record in islice(records, layout.lines_before_rows, None):
            if record.cells:
                yield record
