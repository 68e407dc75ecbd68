"""Files of synthetic people, written in pieces, so that ten million rows need no memory."""

from pathlib import Path

import polars as pl

from bench.home import SEED
from synthetic.layouts import LINE_ENDS, Format, roster
from synthetic.people import people

KEYS: dict[Format, str] = {"metriport": "externalId", "thoroughcare": "EHR ID"}
"""The column by which a row is recognised, by all who load it."""

_STREETS = {"metriport": "addressLine1-1", "thoroughcare": "Street"}
_PIECE = 250_000


def write(
    file_format: Format,
    path: Path,
    rows: int,
    *,
    start: int = 0,
    moved: int | None = None,
    piece: int = _PIECE,
) -> None:
    """Write people `start` .. `start + rows - 1`. With `moved`, every tenth has another street.

    Files of two different `moved` differ in each of these streets. `piece` is a multiple of ten.
    """
    with path.open("wb") as file:
        for first in range(start, start + rows, piece):
            count = min(piece, start + rows - first)
            frame = roster(people(count, SEED, start=first), file_format)
            if moved is not None:
                frame = _move(frame, _STREETS[file_format], moved)
            frame.write_csv(
                file,
                include_header=first == start,
                line_terminator=LINE_ENDS[file_format],
            )


def _move(frame: pl.DataFrame, column: str, moved: int) -> pl.DataFrame:
    elsewhere = pl.when(pl.int_range(pl.len()) % 10 == 0).then(pl.lit(f"{100 + moved} Elm Street"))
    return frame.with_columns(elsewhere.otherwise(column).alias(column))


class Files:
    """Files in a folder, each written when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def of(
        self, file_format: Format, rows: int, *, start: int = 0, moved: int | None = None
    ) -> Path:
        """The file of these people, as `write` makes it."""
        path = self._folder / f"{file_format}-{start}-{rows}-{moved}.csv"
        if not path.exists():
            part = path.with_suffix(".part")
            write(file_format, part, rows, start=start, moved=moved)
            part.rename(path)
        return path

    def clear(self) -> None:
        """Remove them all."""
        for path in self._folder.iterdir():
            path.unlink()
