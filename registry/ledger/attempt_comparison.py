"""Two attempts over one import side by side: counts, issues, and the lines that ended otherwise.

Lines, codes, columns and ids only; no patient's value.
"""

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from registry.ledger.imports import Attempt, Import, list_attempts
from schemas.errors import NotAllowed, NotFound


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
    """What two attempts over an import made of it; `lines` may be fewer than `differing`."""

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
    """Hold two attempts against each other, the last two where none are named.

    Of the lines that differ, the first `limit` are read; those last that any repetition has:
    created or updated before, and `unchanged` now.

    Raises:
        NotFound: there is no attempt of such a number.
        NotAllowed: there is only one attempt, or one of the two is not over.
    """
    first, second = _chosen(imported, list_attempts(connection, imported.id), numbers)
    terms = {"import": imported.id, "first": first.number, "second": second.number, "limit": limit}
    with connection.cursor(row_factory=class_row(IssueCounts)) as cursor:
        issues = cursor.execute(_ISSUES, terms).fetchall()
    with connection.cursor(row_factory=class_row(Transition)) as cursor:
        transitions = cursor.execute(_TRANSITIONS, terms).fetchall()
    with connection.cursor(row_factory=class_row(LineDifference)) as cursor:
        lines = cursor.execute(f"{_DIFFERENT} {_LINES}".encode(), terms).fetchall()
    counted = connection.execute(f"{_DIFFERENT} SELECT count(*) FROM different".encode(), terms)
    ((differing,),) = counted.fetchall()
    return Comparison(imported, first, second, issues, transitions, differing, lines)


def _chosen(
    imported: Import, attempts: list[Attempt], numbers: tuple[int, int] | None
) -> tuple[Attempt, Attempt]:
    if numbers is None and len(attempts) < 2:  # noqa: PLR2004 - two are compared
        made = "one attempt" if attempts else "no attempt"
        raise NotAllowed(
            f"import {imported.partition_key} has {made} only, nothing to compare it with; "
            "`rosterline backfill IMPORT` makes a further one"
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
                f"attempt {number} is not over; `rosterline status` shows how far it is"
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


_ISSUES = """
SELECT code, severity::text,
    count(*) FILTER (WHERE attempt = %(first)s)::int AS first,
    count(*) FILTER (WHERE attempt = %(second)s)::int AS second
FROM row_issue WHERE import_id = %(import)s AND attempt IN (%(first)s, %(second)s)
GROUP BY code, severity ORDER BY row_issue.severity, code
"""

_TRANSITIONS = """
SELECT a.outcome::text AS first, b.outcome::text AS second, count(*)::int AS rows
FROM (SELECT line, outcome FROM import_row WHERE import_id = %(import)s AND attempt = %(first)s) a
FULL JOIN (
    SELECT line, outcome FROM import_row WHERE import_id = %(import)s AND attempt = %(second)s
) b USING (line)
GROUP BY a.outcome, b.outcome ORDER BY a.outcome, b.outcome
"""

_DIFFERENT = """
WITH issue AS (
    SELECT attempt, line,
        jsonb_agg(jsonb_build_object('code', code, 'column', column_name)
            ORDER BY code, column_name) AS issues
    FROM row_issue WHERE import_id = %(import)s AND attempt IN (%(first)s, %(second)s) AND line > 0
    GROUP BY attempt, line
), ended AS (
    SELECT r.attempt, r.line, r.outcome, r.patient_id, coalesce(i.issues, '[]') AS issues
    FROM import_row r LEFT JOIN issue i USING (attempt, line)
    WHERE r.import_id = %(import)s AND r.attempt IN (%(first)s, %(second)s)
), different AS (
    SELECT line, a.outcome::text AS first_outcome, b.outcome::text AS second_outcome,
        a.patient_id AS first_patient, b.patient_id AS second_patient,
        coalesce(a.issues, '[]') AS first_issues, coalesce(b.issues, '[]') AS second_issues
    FROM (SELECT * FROM ended WHERE attempt = %(first)s) a
    FULL JOIN (SELECT * FROM ended WHERE attempt = %(second)s) b USING (line)
    WHERE (a.outcome, a.patient_id, a.issues) IS DISTINCT FROM (b.outcome, b.patient_id, b.issues)
)
"""

_LINES = """
SELECT * FROM different
ORDER BY coalesce(first_outcome IN ('created', 'updated') AND second_outcome = 'unchanged'
    AND first_patient = second_patient, false), line
LIMIT %(limit)s
"""
