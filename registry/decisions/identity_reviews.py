"""Changed identities: rows whose patient has another name and birth, for a person to judge.

Such a row shares nothing but an identifier with the patient. Where the format says that it fails,
nothing was written; where it says that the identifier decides, the patient became the row's person.
`registry/decisions/identity_judgements.py` judges them; pages begin where the last one ended.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from registry.database.statements import Statements
from registry.decisions.patient_summaries import PatientSummary, read_summaries
from registry.decisions.review_queue import Which
from schemas.errors import NotAllowed, NotFound

Position = tuple[datetime, UUID]
"""Where a page ended: when the row was found or judged, and the id of its review."""


@dataclass(frozen=True)
class IdentityReview:
    """A row, and the patient whose identifier it has; `patient` is as the registry has them now.

    `is_applied` says that the row was written; else it failed, and `facts` are what it would have
    brought, as (address, value). `closed_by` is the decision that wrote values, if one did.
    """

    id: UUID
    patient: PatientSummary
    is_applied: bool
    facts: tuple[tuple[str, str], ...]
    state: str
    import_id: UUID
    attempt: int
    file_name: str
    line: int
    created_at: datetime
    judged_at: datetime | None
    judged_by: str | None
    closed_by: UUID | None

    @property
    def position(self) -> Position:
        """The row's place in its list."""
        return (self.created_at if self.judged_at is None else self.judged_at), self.id


_SQL = Statements(__file__)
_OF_ACCOUNT = "WHERE identity_review.account_id = %(account)s"

# The conditions and orders of the two partial indexes of the table.
_PAGES: Mapping[Which, str] = {
    "open": (
        " AND identity_review.state = 'open' AND (%(at)s::timestamptz IS NULL OR"
        " (identity_review.created_at, identity_review.id) > (%(at)s, %(id)s::uuid))"
        " ORDER BY identity_review.created_at, identity_review.id LIMIT %(count)s"
    ),
    "judged": (
        " AND identity_review.judged_at IS NOT NULL AND (%(at)s::timestamptz IS NULL OR"
        " (identity_review.judged_at, identity_review.id) < (%(at)s, %(id)s::uuid))"
        " ORDER BY identity_review.judged_at DESC, identity_review.id DESC LIMIT %(count)s"
    ),
}


def list_identities(
    connection: Connection, account_id: int, which: Which, count: int, after: Position | None = None
) -> list[IdentityReview]:
    """Rows after a position: open ones the oldest first, judged ones the latest first."""
    at, review_id = after or (None, None)
    about = {"account": account_id, "at": at, "id": review_id, "count": count}
    return _read(connection, _OF_ACCOUNT + _PAGES[which], about)


def read_identity(connection: Connection, account_id: int, review_id: UUID) -> IdentityReview:
    """The account's review with this id.

    Raises:
        NotFound: there is none.
    """
    about = {"account": account_id, "id": review_id}
    found = _read(connection, f"{_OF_ACCOUNT} AND identity_review.id = %(id)s", about)
    if not found:
        raise NotFound("the review queue has no such row")
    return found[0]


def account_of_identity(connection: Connection, review_id: UUID) -> int:
    """Number of the account that a review belongs to; for operators, who see all accounts.

    Raises:
        NotFound: there is no such review.
    """
    row = connection.execute(
        "SELECT account_id FROM identity_review WHERE id = %s", (review_id,)
    ).fetchone()
    if row is None:
        raise NotFound(
            f"there is no review {review_id}",
            advice="`rosterline review identities --account NAME` shows all",
        )
    return int(row[0])


def require_no_open_identity(connection: Connection, patients: Sequence[UUID]) -> None:
    """Check that nobody has still to judge who one of these patients is.

    Raises:
        NotAllowed: somebody has.
    """
    row = connection.execute(
        "SELECT patient_id FROM identity_review"
        " WHERE patient_id = ANY(%s) AND state = 'open' LIMIT 1",
        (list(patients),),
    ).fetchone()
    if row is not None:
        raise NotAllowed(
            f"a file has another person under an identifier of patient {row[0]}; judge that row "
            "first, under changed identities"
        )


def _read(connection: Connection, where: str, values: Mapping[str, object]) -> list[IdentityReview]:
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(f"{_SQL['select_identities']} {where}", values).fetchall()
    summaries = read_summaries(connection, list({row["patient_id"] for row in rows}))
    for row in rows:
        row["patient"] = summaries[row.pop("patient_id")]
        row["facts"] = tuple((address, value) for address, value in row["facts"] or ())
    return [IdentityReview(**row) for row in rows]
