"""Two attempts over one import side by side: counts, issues, and lines with another outcome.

Lines, codes, columns and ids only; no patient's value.
"""

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from registry.database.statements import Statements
from registry.ledger.imports import Attempt, Import, list_attempts
from schemas.errors import NotAllowed, NotFound

_SQL = Statements(__file__)


@dataclass(frozen=True)
class IssueCounts:
    """How often each attempt has an issue."""

    code: str
    severity: str
    first: int
    second: int


@dataclass(frozen=True)
class Transition:
    """How many rows went from one outcome to another; None where an attempt has no such row."""

    first: str | None
    second: str | None
    rows: int


@dataclass(frozen=True)
class LineDifference:
    """A line whose outcome, patient or issues differ; issues are {"code", "column"} objects."""

    line: int
    first_outcome: str | None
    second_outcome: str | None
    first_patient: UUID | None
    second_patient: UUID | None
    first_issues: list[dict[str, str | None]]
    second_issues: list[dict[str, str | None]]


@dataclass(frozen=True)
class Comparison:
    """Two attempts over an import and how they differ; `lines` may be fewer than `differing`."""

    imported: Import
    first: Attempt
    second: Attempt
    issues: list[IssueCounts]
    transitions: list[Transition]
    differing: int
    lines: list[LineDifference]

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "import": self.imported.id,
            "partition_key": self.imported.partition_key,
            "attempts": [_side(self.first), _side(self.second)],
            "issues": [asdict(each) for each in self.issues],
            "transitions": [asdict(each) for each in self.transitions],
            "differing_lines": self.differing,
            "lines": [asdict(each) for each in self.lines],
        }


def compare(
    connection: Connection,
    imported: Import,
    numbers: tuple[int, int] | None = None,
    limit: int | None = None,
) -> Comparison:
    """Compare two attempts, the last two where none are named.

    Of the lines that differ, the first `limit` are read. Lines that were created or updated before
    and are `unchanged` now come last: every repetition has those.

    Raises:
        NotFound: there is no attempt of such a number.
        NotAllowed: there is only one attempt, or one of the two is not over.
    """
    first, second = _chosen(imported, list_attempts(connection, imported.id), numbers)
    different_lines = f"({_SQL['different_lines']})"
    terms = {"import": imported.id, "first": first.number, "second": second.number, "limit": limit}
    with connection.cursor(row_factory=class_row(IssueCounts)) as cursor:
        issues = cursor.execute(_SQL["issue_counts_of_two"], terms).fetchall()
    with connection.cursor(row_factory=class_row(Transition)) as cursor:
        transitions = cursor.execute(_SQL["outcome_transitions"], terms).fetchall()
    with connection.cursor(row_factory=class_row(LineDifference)) as cursor:
        lines = cursor.execute(
            _SQL["list_different_lines"].format(different_lines=different_lines), terms
        ).fetchall()
    counted = connection.execute(
        f"SELECT count(*) FROM {different_lines} AS different_line".encode(), terms
    )
    ((differing,),) = counted.fetchall()
    return Comparison(imported, first, second, issues, transitions, differing, lines)


def _chosen(
    imported: Import, attempts: list[Attempt], numbers: tuple[int, int] | None
) -> tuple[Attempt, Attempt]:
    if numbers is None and len(attempts) < 2:  # noqa: PLR2004 - two are compared
        made = "one attempt" if attempts else "no attempt"
        raise NotAllowed(
            f"import {imported.partition_key} has {made} only, nothing to compare it with",
            advice="`rosterline backfill IMPORT` makes a further one",
        )
    by_number = {each.number: each for each in attempts}
    first, second = numbers or (attempts[-2].number, attempts[-1].number)
    for number in (first, second):
        if number not in by_number:
            known = ", ".join(str(each) for each in by_number) or "none"
            raise NotFound(
                f"import {imported.partition_key} has no attempt {number}; there are: {known}"
            )
        if by_number[number].state == "open":
            raise NotAllowed(
                f"attempt {number} is not over",
                advice="`rosterline status` shows how far it is",
            )
    return by_number[first], by_number[second]


def _side(attempt: Attempt) -> dict[str, Any]:
    return {
        "attempt": attempt.number,
        "state": attempt.state,
        "run": attempt.run_id,
        "started_at": attempt.started_at,
        "fault": attempt.fault_code,
        "records": attempt.records,
        "counts": attempt.counts,
    }
