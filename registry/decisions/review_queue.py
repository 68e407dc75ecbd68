"""The review queue: pairs of patients that a person must judge, and pairs that were judged.

A page begins where the last one ended, never at an offset: the last of ten thousand pairs costs
what the first does.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from registry.database.statements import Statements
from registry.decisions.evidence import Evidence, read_evidence
from registry.decisions.patient_summaries import PatientSummary, read_summaries
from registry.decisions.score_bands import band_of, limits_of
from schemas.errors import NotFound

REASONS = {
    "identifier_differs": "Same name, birth and gender, but another identifier",
    "same_name_and_birth": "Same name, birth and gender",
    "identity_changed": "A row had the identifier of one and the name and birth of the other",
    "same_name_in_other_spelling": "Same name in another spelling, same birth and gender",
    "similar": "Similar in several fields",
    "asked_by_person": "A person asked whether they are one",
}
"""Why two patients are a pair, as users read it."""

Which = Literal["open", "judged"]

Position = tuple[datetime | float, UUID, UUID]
"""Where a page ended: when the pair was found or judged, or its rank by score; and its patients."""


@dataclass(frozen=True)
class Chosen:
    """Which pairs of a list are shown; None for all."""

    reason: str | None = None
    band: str | None = None
    """One of `BANDS`; pairs without a score are in none."""
    import_id: UUID | None = None
    found_from: datetime | None = None
    sample_of: UUID | None = None
    """The bulk merge whose sample they are; see `registry/decisions/bulk_merges.py`."""


ALL = Chosen()


@dataclass(frozen=True)
class Pair:
    """Two patients who may be one person. `older` was there first, and survives a merge.

    `file_name` and `line` say where the younger patient came from. `judged_at` and `judged_by` are
    None while `state` is `open`; `why_different` is one of `DIFFERENCES`, if a person said. A pair
    has no score before its import was searched for duplicates, and while something forbids that the
    two are one, such as another Medicare ID.
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
    why_different: str | None = None
    weight: float | None = None
    probability: float | None = None
    evidence: tuple[Evidence, ...] = ()
    model: str | None = None

    @property
    def band(self) -> str | None:
        """The band of its score; None without a score."""
        return None if self.weight is None else band_of(self.weight)

    @property
    def rank(self) -> Position:
        """The pair's place among open ones by score: the highest first, those without one last."""
        return math.inf if self.weight is None else -self.weight, self.younger.id, self.older.id

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
_IN_SAMPLE = (
    "(review.patient_id, review.other_patient_id) IN ("
    "SELECT bulk_merge_pair.patient_id, bulk_merge_pair.other_patient_id FROM bulk_merge_pair"
    " JOIN bulk_merge ON bulk_merge_pair.bulk_merge_id = bulk_merge.id"
    " WHERE bulk_merge.id = %(sample_of)s AND bulk_merge_pair.place <= bulk_merge.sample_size)"
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
# As in the index `ix_review_score`.
_RANK = (
    "coalesce(- review.weight, 'Infinity'::double precision), review.patient_id,"
    " review.other_patient_id"
)


def list_pairs(
    connection: Connection,
    account_id: int,
    which: Which,
    count: int,
    after: Position | None = None,
    chosen: Chosen = ALL,
) -> list[Pair]:
    """Pairs after a position: open ones the oldest first, judged ones the latest first."""
    return _read(connection, _page(which, chosen), _about(account_id, count, after, chosen))


def list_by_score(
    connection: Connection,
    account_id: int,
    count: int,
    after: Position | None = None,
    chosen: Chosen = ALL,
) -> list[Pair]:
    """Open pairs after a rank: the highest score first, those without a score last."""
    conditions = [_OF_ACCOUNT, _STATES["open"], *_conditions(chosen)]
    if after is not None:
        conditions.append(f"({_RANK}) > (%(at)s::double precision, %(younger)s, %(older)s)")
    where = f"{' AND '.join(conditions)} ORDER BY {_RANK} LIMIT %(count)s"
    return _read(connection, where, _about(account_id, count, after, chosen))


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


def pairs_among(connection: Connection, account_id: int, patients: Collection[UUID]) -> list[Pair]:
    """The pairs, open and judged different, whose two are both among these; by score."""
    where = (
        f"{_OF_ACCOUNT} AND review.patient_id = ANY(%(patients)s)"
        " AND review.other_patient_id = ANY(%(patients)s)"
        f" AND review.state IN ('open', 'different') ORDER BY {_RANK}"
    )
    return _read(connection, where, {"account": account_id, "patients": list(patients)})


def open_ids_by_score(
    connection: Connection, account_id: int, patients: Collection[UUID], chosen: Chosen = ALL
) -> list[tuple[UUID, UUID]]:
    """(younger, older) of the open pairs whose younger one is among these; by score."""
    conditions = [_OF_ACCOUNT, _STATES["open"], "review.patient_id = ANY(%(patients)s)"]
    where = " AND ".join([*conditions, *_conditions(chosen)])
    about = _about(account_id, 0, None, chosen) | {"patients": list(patients)}
    query = f"SELECT review.patient_id, review.other_patient_id FROM review {where}"
    return connection.execute(f"{query} ORDER BY {_RANK}", about).fetchall()


def account_of_pair(connection: Connection, patient_id: UUID) -> int:
    """Number of the account whose pairs name this patient; for operators, who see all accounts.

    Raises:
        NotFound: no pair names this patient.
    """
    row = connection.execute(_SQL["find_account_of_pair"], {"patient": patient_id}).fetchone()
    if row is None:
        raise NotFound(
            f"no pair names patient {patient_id}",
            advice="`rosterline review list --account NAME` shows all",
        )
    return int(row[0])


def _about(
    account_id: int, count: int, after: Position | None, chosen: Chosen
) -> dict[str, object]:
    at, younger, older = after or (None, None, None)
    lowest, highest = limits_of(chosen.band) if chosen.band else (None, None)
    return {
        "account": account_id,
        "count": count,
        "at": at,
        "younger": younger,
        "older": older,
        "reason": chosen.reason,
        "import": chosen.import_id,
        "found_from": chosen.found_from,
        "lowest": lowest,
        "highest": highest,
        "sample_of": chosen.sample_of,
    }


def count_waiting(connection: Connection, account_id: int, most: int) -> tuple[int, int]:
    """How many pairs and how many changed identities wait for a judgement, each up to `most`."""
    about = {"account": account_id, "most": most}
    pairs, identities = connection.execute(_SQL["count_waiting"], about).fetchall()[0]
    return pairs, identities


def _conditions(chosen: Chosen) -> list[str]:
    possible = {
        "review.reason = %(reason)s": chosen.reason,
        "review.import_id = %(import)s": chosen.import_id,
        "review.created_at >= %(found_from)s": chosen.found_from,
        "review.weight >= %(lowest)s AND review.weight < %(highest)s": chosen.band,
        _IN_SAMPLE: chosen.sample_of,
    }
    return [condition for condition, value in possible.items() if value is not None]


def _page(which: Which, chosen: Chosen) -> str:
    """The WHERE of a page, which begins after the position in the parameters if there is one."""
    beyond = ">" if which == "open" else "<"
    conditions = " AND ".join([_OF_ACCOUNT, _STATES[which], *_conditions(chosen)])
    return (
        f"{conditions} AND (%(at)s::timestamptz IS NULL"
        f" OR {_PLACES[which]} {beyond} (%(at)s, %(younger)s::uuid, %(older)s::uuid))"
        f" ORDER BY {_ORDERS[which]} LIMIT %(count)s"
    )


def _read(connection: Connection, where: str, values: Mapping[str, object]) -> list[Pair]:
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(f"{_SQL['select_pairs']} {where}", values).fetchall()
    ids = {row[name] for row in rows for name in ("patient_id", "other_patient_id")}
    summaries = read_summaries(connection, list(ids))
    return [
        Pair(
            summaries[row.pop("patient_id")],
            summaries[row.pop("other_patient_id")],
            **row | {"evidence": read_evidence(row["evidence"])},
        )
        for row in rows
    ]
