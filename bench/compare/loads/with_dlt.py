"""dlt, merging: dictionaries of Python's csv module, or Arrow tables.

    python -m bench.compare.loads.with_dlt URL FILE KEY dictionaries|arrow

Both go to PostgreSQL by COPY, which is faster than dlt's default of INSERT statements.
"""

import csv
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
import pyarrow as pa
from psycopg.conninfo import conninfo_to_dict
from pyarrow import csv as arrow_csv

from bench.compare.loads import DATASET, TABLE, Steps

_PIECE = 10_000


def dictionaries(file: Path) -> Iterator[list[dict[str, str | None]]]:
    """Rows in pieces; an empty cell is null."""
    with file.open(newline="") as opened:
        piece: list[dict[str, str | None]] = []
        for row in csv.DictReader(opened):
            piece.append({name: value or None for name, value in row.items()})
            if len(piece) == _PIECE:
                yield piece
                piece = []
        if piece:
            yield piece


def arrow(file: Path) -> Iterator[pa.RecordBatch]:
    """Batches of text columns; an empty cell is null."""
    with file.open(newline="") as opened:
        types = dict.fromkeys(next(csv.reader(opened)), pa.string())
    convert = arrow_csv.ConvertOptions(column_types=types, strings_can_be_null=True)
    yield from arrow_csv.open_csv(
        file,
        read_options=arrow_csv.ReadOptions(block_size=1 << 24),
        # Notes of a row may hold line ends, between quotes.
        parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
        convert_options=convert,
    )


def address(url: str) -> str:
    """The address in a shape that dlt accepts: it wants a host and a password.

    libpq takes the host from the query, a socket's folder, where nobody asks for a password.
    """
    said = conninfo_to_dict(url)
    return "postgresql://{user}:none@localhost:{port}/{dbname}?host={host}".format(**said)


def main(url: str, file: Path, key: str, source: str) -> None:
    """Load the file."""
    steps = Steps()
    rows: Any = {"dictionaries": dictionaries, "arrow": arrow}[source](file)
    resource = dlt.resource(rows, name=TABLE, primary_key=key, write_disposition="merge")
    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline(
            "compare",
            pipelines_dir=folder,
            destination=dlt.destinations.postgres(address(url)),
            dataset_name=DATASET,
        )
        with steps.timed("extract"):
            pipeline.extract(resource, loader_file_format="csv")
        with steps.timed("normalize"):
            pipeline.normalize()
        with steps.timed("load"):
            pipeline.load().raise_on_failed_jobs()
    steps.tell()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
