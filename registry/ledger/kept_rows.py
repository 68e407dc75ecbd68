"""The rows of an attempt as pages show them: one Parquet file, made when the attempt ended.

It holds what the ledger has not: the cells as the sender sees them, and old and new value of what
the attempt changes, of a check too. It is a convenience: without it a page shows what the ledger
has. It is found by its attempt and named for its sha256, and goes when results go.

The columns: `line`, `outcome`, `patient_id`, `key` and `name` as the sender wrote them, `sort_name`
(the last name first, without accents and capitals), `codes` (of its issues), `warns`, `changes`
(a list of field, item, attribute, old, value), `mends` (of cells at fault: mend, column, and the
text that would be valid), `surplus` (cells beyond the last column), and the
cells `c0`, `c1` … of the columns that have a value in any row. Rows stand in the order of lines.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import polars as pl
from polars.exceptions import PolarsError

from registry.settings import Settings
from registry.store import store_of
from registry.store.durable_files import CHUNK_BYTES

AREA = "rows"
"""Below it in the store: `rows/<partition key>/<attempt>-<sha256>.parquet`."""

Sort = Literal["line", "name", "outcome"]
SORTS: tuple[Sort, ...] = ("line", "name", "outcome")

_KINDS = {
    kind: pl.col("outcome") == kind for kind in ("created", "updated", "unchanged", "errored")
} | {"warnings": (pl.col("outcome") != "errored") & pl.col("warns")}
_ORDERS = {
    "line": ["line"],
    "name": ["sort_name", "line"],
    "outcome": ["rank", "line"],
}
_RANK = pl.col("outcome").replace_strict(
    {"errored": 0, "updated": 1, "created": 2, "unchanged": 3}, default=4, return_dtype=pl.Int8
)


@dataclass(frozen=True)
class Change:
    """Old and new value at an address; None where there is none."""

    field: str
    item: str
    attribute: str
    old: str | None
    value: str | None


@dataclass(frozen=True)
class Mended:
    """What a mend (`rosters/mends.py`) makes of a cell at fault, found valid by the stages."""

    mend: str
    column: int
    text: str


@dataclass(frozen=True)
class KeptRow:
    """A row of the file. `cells` are by the index of their column, without the blank ones."""

    line: int
    outcome: str
    patient_id: UUID | None
    key: str
    name: str
    cells: dict[int, str]
    surplus: tuple[str, ...]
    changes: tuple[Change, ...]
    mends: tuple[Mended, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """Which rows a page shows: filters that are empty, or 0, hold for all.

    `kind` is an outcome, or `warnings` for rows that do not fail and have a warning. `text` is
    looked for in key and name, and is also a line's number. `after` is the line at which the page
    before ended.
    """

    kind: str = ""
    code: str = ""
    text: str = ""
    sort: Sort = "line"
    after: int = 0


def keep(settings: Settings, partition_key: str, attempt: int, made: Path) -> None:
    """Put the file that was made of an attempt into the store, in place of a former one.

    Raises:
        OSError: the store refuses.
    """
    store, area = store_of(settings), f"{AREA}/{partition_key}"
    with made.open("rb") as file, store.begin(area, sole=True) as draft:
        while data := file.read(CHUNK_BYTES):
            draft.write(data)
        key = f"{area}/{attempt}-{draft.sha256}.parquet"
        draft.place(key)
    for each in list(store.list(area)):
        if each.key != key and _attempt_of(each.key) == str(attempt):
            store.delete(each.key)


def find_kept(settings: Settings, partition_key: str, attempt: int) -> "KeptRows | None":
    """The kept rows of an attempt; None where there are none any more, or the store is away."""
    store = store_of(settings)
    with suppress(OSError, PolarsError):
        for each in store.list(f"{AREA}/{partition_key}"):
            if _attempt_of(each.key) == str(attempt):
                sha256 = each.key.rpartition("-")[2].removesuffix(".parquet")
                return KeptRows(store.file(each.key, sha256))
    return None


def _attempt_of(key: str) -> str:
    return key.rpartition("/")[2].partition("-")[0]


class KeptRows:
    """The kept rows of one attempt.

    Raises:
        OSError, PolarsError: the file is gone, or damaged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        names = pl.read_parquet_schema(path)
        cells = [name for name in names if name[0] == "c" and name[1:].isdecimal()]
        self.columns = [int(name[1:]) for name in cells]
        """The indices of the columns that have a value in any row."""

    def page(self, wanted: Wanted, count: int) -> list[KeptRow]:
        """So many rows of those that are wanted, in their order."""
        rows = self._filtered(wanted)
        order = _ORDERS[wanted.sort]
        if wanted.after:
            rows = _behind(rows, self._scan(), order, wanted.after)
        lines = rows.sort(order).head(count).select("line").collect()["line"].to_list()
        return self.of_lines(lines)

    def count(self, wanted: Wanted) -> int:
        """How many rows are wanted, on all pages."""
        return int(self._filtered(wanted).select(pl.len()).collect().item())

    def of_lines(self, lines: Sequence[int]) -> list[KeptRow]:
        """The rows on these lines, in this order."""
        if not lines:
            return []
        near = (pl.col("line") >= min(lines)) & (pl.col("line") <= max(lines))
        frame = pl.scan_parquet(self._path).filter(near & pl.col("line").is_in(lines)).collect()
        rows = {row["line"]: self._row(row) for row in frame.iter_rows(named=True)}
        return [rows[line] for line in lines if line in rows]

    def _scan(self) -> pl.LazyFrame:
        return pl.scan_parquet(self._path).with_columns(rank=_RANK)

    def _filtered(self, wanted: Wanted) -> pl.LazyFrame:
        rows = self._scan()
        if wanted.kind in _KINDS:
            rows = rows.filter(_KINDS[wanted.kind])
        if wanted.code:
            rows = rows.filter(pl.col("codes").list.contains(wanted.code))
        if text := wanted.text.strip().lower():
            found = _has("name", text) | _has("key", text) | _has("sort_name", text)
            if text.isdecimal():
                found |= pl.col("line").cast(pl.String) == text
            rows = rows.filter(found)
        return rows

    def _row(self, row: dict[str, Any]) -> KeptRow:
        return KeptRow(
            line=row["line"],
            outcome=row["outcome"],
            patient_id=UUID(row["patient_id"]) if row["patient_id"] else None,
            key=row["key"],
            name=row["name"],
            cells={i: text for i in self.columns if (text := row[f"c{i}"])},
            surplus=tuple(each or "" for each in row["surplus"] or ()),
            changes=tuple(Change(**each) for each in row["changes"] or ()),
            mends=tuple(Mended(**each) for each in row["mends"] or ()),
        )


def _has(column: str, text: str) -> pl.Expr:
    return pl.col(column).str.to_lowercase().str.contains(text, literal=True)


def _behind(rows: pl.LazyFrame, every: pl.LazyFrame, order: list[str], after: int) -> pl.LazyFrame:
    """The rows that come behind this line in this order; all where the line is none of the file.

    The place is looked up by the line, so that no address holds a name.
    """
    if order == ["line"]:
        return rows.filter(pl.col("line") > after)
    column = order[0]
    found = every.filter(pl.col("line") == after).select(column).collect()
    if found.is_empty():
        return rows
    value = found.item()
    is_later = (pl.col(column) > value) | ((pl.col(column) == value) & (pl.col("line") > after))
    return rows.filter(is_later)
