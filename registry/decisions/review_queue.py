"""The review queue: pairs of patients that a person must judge, and pairs that were judged.

A page begins where the last one ended, never at an offset: the last of ten thousand pairs costs
what the first does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from registry.database.statements import Statements
from registry.decisions.patient_summaries import PatientSummary, read_summaries
from schemas.errors import NotFound

REASONS = {
    "identifier_differs": "Same name, birth and gender, but another identifier",
    "same_name_and_birth": "Same name, birth and gender",
    "identity_changed": "A row had the identifier of one and the name and birth of the other",
    "same_name_in_other_spelling": "Same name in another spelling, same birth and gender",
}
"""Why two patients are a pair, as users read it."""

Which = Literal["open", "judged"]

Position = tuple[datetime, UUID, UUID]
"""Where a page ended: when the pair was found or judged, and its patients."""


@dataclass(frozen=True)
class Pair:
    """Two patients who may be one person. `older` was there first, and survives a merge.

    `file_name` and `line` say where the younger patient came from. `judged_at` and `judged_by` are
    None while `state` is `open`.
    """

    younger: PatientSummary
    older: PatientSummary
    state: str
    reason: str
    import_id: UUID
    file_name: str | None
    line: int
    created_at: datetime
    judged_at: datetime | None
    judged_by: str | None

    @property
    def position(self) -> Position:
        """The pair's place in its list."""
        at = self.created_at if self.judged_at is None else self.judged_at
        return at, self.younger.id, self.older.id


_SQL = Statements(__file__)

_OF_ACCOUNT = "WHERE review.account_id = %(account)s"
_BOTH_PATIENTS = (
    "(review.patient_id, review.other_patient_id) IN ((%(one)s, %(other)s), (%(other)s, %(one)s))"
)
_NAMES_PATIENT = "%(patient)s IN (review.patient_id, review.other_patient_id)"

# The conditions of the two partial indexes of the table.
_STATES: Mapping[Which, str] = {
    "open": "review.state = 'open'",
    "judged": "review.judged_at IS NOT NULL",
}
_PLACES: Mapping[Which, str] = {
    "open": "(review.created_at, review.patient_id, review.other_patient_id)",
    "judged": "(review.judged_at, review.patient_id, review.other_patient_id)",
}
_ORDERS: Mapping[Which, str] = {
    "open": "review.created_at, review.patient_id, review.other_patient_id",
    "judged": "review.judged_at DESC, review.patient_id DESC, review.other_patient_id DESC",
}


def list_pairs(
    connection: Connection, account_id: int, which: Which, count: int, after: Position | None = None
) -> list[Pair]:
    """Pairs after a position: open ones the oldest first, judged ones the latest first."""
    at, younger, older = after or (None, None, None)
    about = {"account": account_id, "at": at, "younger": younger, "older": older, "count": count}
    return _read(connection, _page(which), about)


def next_open(connection: Connection, account_id: int, after: Position) -> Pair | None:
    """The open pair after a position, else the first one; None where no pair is open."""
    found = list_pairs(connection, account_id, "open", 1, after)
    found = found or list_pairs(connection, account_id, "open", 1)
    return found[0] if found else None


def read_pair(connection: Connection, account_id: int, one: UUID, other: UUID) -> Pair:
    """The account's pair of these two, in whichever order they are named.

    Raises:
        NotFound: there is none.
    """
    about = {"account": account_id, "one": one, "other": other}
    found = _read(connection, f"{_OF_ACCOUNT} AND {_BOTH_PATIENTS}", about)
    if not found:
        raise NotFound("these two patients are no pair of the review queue")
    return found[0]


def open_pairs_of(connection: Connection, account_id: int, patient_id: UUID) -> list[Pair]:
    """The open pairs that name this patient, the oldest first."""
    where = f"{_OF_ACCOUNT} AND {_STATES['open']} AND {_NAMES_PATIENT} ORDER BY {_ORDERS['open']}"
    return _read(connection, where, {"account": account_id, "patient": patient_id})


def account_of_pair(connection: Connection, patient_id: UUID) -> int:
    """Number of the account whose pairs name this patient; for operators, who see all accounts.

    Raises:
        NotFound: no pair names this patient.
    """
    row = connection.execute(_SQL["find_account_of_pair"], {"patient": patient_id}).fetchone()
    if row is None:
        raise NotFound(
            f"no pair names patient {patient_id}; `rosterline review list --account NAME` shows all"
        )
    return int(row[0])


def _page(which: Which) -> str:
    """The WHERE of a page, which begins after the position in the parameters if there is one."""
    beyond = ">" if which == "open" else "<"
    return (
        f"{_OF_ACCOUNT} AND {_STATES[which]} AND (%(at)s::timestamptz IS NULL"
        f" OR {_PLACES[which]} {beyond} (%(at)s, %(younger)s::uuid, %(older)s::uuid))"
        f" ORDER BY {_ORDERS[which]} LIMIT %(count)s"
    )


def _read(connection: Connection, where: str, values: Mapping[str, object]) -> list[Pair]:
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(f"{_SQL['select_pairs']} {where}", values).fetchall()
    ids = {row[name] for row in rows for name in ("patient_id", "other_patient_id")}
    summaries = read_summaries(connection, list(ids))
    return [
        Pair(summaries[row.pop("patient_id")], summaries[row.pop("other_patient_id")], **row)
        for row in rows
    ]
