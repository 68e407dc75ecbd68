"""How an account's files usually are, and what of a file is far off that.

The norm is the median of the account's last good files. Counts only; no value of a patient.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from psycopg import Connection
from psycopg.rows import class_row

from registry.accounts.hold_rules import HoldRules
from registry.database.statements import Statements
from registry.ledger.imports import Import

_SQL = Statements(__file__)

NORM_FILES = 10
"""How many files make up the norm at most."""
FEWEST_FILES = 5
"""With fewer good files there is no norm, and nothing is held."""
FEWEST_ROWS = 5
"""A difference of fewer rows holds no file."""


@dataclass(frozen=True)
class Measures:
    """What a file was like: rows by kind; `missing` is None where it was not counted."""

    records: int
    errored: int
    changed_identities: int
    missing: int | None = None


@dataclass(frozen=True)
class _Off:
    """A measure that is above its threshold; `rows` is by how many rows or patients."""

    said: str
    rows: float


def read_usual_files(connection: Connection, imported: Import) -> list[Measures]:
    """The account's last good files before this import, the newest first."""
    with connection.cursor(row_factory=class_row(Measures)) as cursor:
        return cursor.execute(
            _SQL["read_usual_files"],
            {
                "account": imported.account_id,
                "format": imported.format,
                "ordered_at": imported.ordered_at,
                "id": imported.id,
                "limit": NORM_FILES,
            },
        ).fetchall()


def what_is_unusual(measures: Measures, usual: Sequence[Measures], rules: HoldRules) -> list[str]:
    """What of a file is further off the norm than the account allows, a phrase for each measure.

    Example:
        A file of 400 rows, where the last ten had about 1,000, gives
        `["400 rows, usually 1,000 (60 % off, up to 30 % is allowed)"]`.
    """
    if len(usual) < FEWEST_FILES:
        return []
    found = [
        _rows(measures, usual, rules.rows),
        _missing(measures, usual, rules.missing),
        _share("rows with another person's identifier", measures.changed_identities,
               measures.records, [(each.changed_identities, each.records) for each in usual],
               rules.identities),
        _share("failed rows", measures.errored, measures.records,
               [(each.errored, each.records) for each in usual], rules.errors),
    ]  # fmt: skip
    return [each.said for each in found if each is not None and each.rows >= FEWEST_ROWS]


def _rows(measures: Measures, usual: Sequence[Measures], most: float | None) -> _Off | None:
    norm = median(each.records for each in usual)
    apart = abs(measures.records - norm)
    if most is None or apart * 100 <= norm * most:
        return None
    percent = f"{apart * 100 / norm:,.0f} %" if norm else "far"
    return _Off(
        f"{measures.records:,} rows, usually {norm:,.0f} ({percent} off, up to {most:g} % is "
        "allowed)",
        apart,
    )


def _missing(measures: Measures, usual: Sequence[Measures], most: float | None) -> _Off | None:
    """Of files before the account sent whole lists nothing is known, and they do not count."""
    counted = [each for each in usual if each.missing is not None]
    if measures.missing is None or len(counted) < FEWEST_FILES:
        return None
    return _share(
        "patients missing from the list",
        measures.missing,
        measures.missing + measures.records,
        [(each.missing or 0, (each.missing or 0) + each.records) for each in counted],
        most,
    )


def _share(
    what: str, count: int, of: int, usual: Sequence[tuple[int, int]], most: float | None
) -> _Off | None:
    share = _percent(count, of)
    norm = median(_percent(*each) for each in usual)
    if most is None or share - norm <= most:
        return None
    return _Off(
        f"{count:,} {what}, {share:.1f} % where {norm:.1f} % is usual (up to {most:g} points more "
        "are allowed)",
        count - norm * of / 100,
    )


def _percent(count: int, of: int) -> float:
    return 100 * count / of if of else 0.0
