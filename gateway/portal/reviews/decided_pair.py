"""What a reviewer just decided: the next page confirms it and offers a way back."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection

from gateway.portal.languages import N_
from registry.accounts.accounts import Account
from registry.decisions.patient_summaries import read_summaries
from registry.decisions.review_queue import Pair, read_pair
from registry.decisions.take_back import judged_at_once
from schemas.errors import NotFound

MAX_TEXT = 200
WHY_LABELS = {"twins": N_("twins"), "relatives": N_("relatives"), "other": N_("for another reason")}
STATE_LABELS = {
    "same": N_("Merged"),
    "different": N_("Different people"),
    "moved": N_("In another pair"),
}


@dataclass(frozen=True)
class DecidedCluster:
    """Several records that were decided about at once; `patient_id` is one of them."""

    patient_id: UUID
    at: datetime
    name: str
    merged: int
    """How many records are one patient now; 0 if none were merged."""
    apart: int
    """How many pairs were closed."""


Decided = Pair | DecidedCluster | None


def decided_before(connection: Connection, account: Account, text: str) -> Decided:
    """What the address of a page names; None if it names nothing that is in force.

    A pair is `younger id_older id`, a cluster `id of one of its patients_moment of the decision`.
    """
    one, _, other = text.partition("_")
    try:
        patient = UUID(one)
    except ValueError:
        return None
    try:
        return read_pair(connection, account.id, patient, UUID(other))
    except NotFound:
        return None
    except ValueError:
        return _cluster(connection, account, patient, other)


def decided_query(pair: Pair) -> str:
    """The part of an address that names a pair."""
    return f"judged={pair.younger.id}_{pair.older.id}"


def decided_cluster_query(patient: UUID, at: datetime) -> str:
    """The part of an address that names a cluster."""
    return f"judged={patient}_{at.strftime('%Y-%m-%dT%H:%M:%S.%fZ')}"


def moment_of(text: str) -> datetime | None:
    """The moment of a decision as an address or a form carries it; None if it is none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None


def _cluster(
    connection: Connection, account: Account, patient: UUID, text: str
) -> DecidedCluster | None:
    at = moment_of(text)
    judged = judged_at_once(connection, account.id, patient, at) if at else []
    if at is None or not judged:
        return None
    survivors = [older for _, older, state in judged if state == "same"]
    shown = survivors[0] if survivors else patient
    return DecidedCluster(
        patient,
        at,
        read_summaries(connection, [shown])[shown].name,
        merged=len(survivors) + 1 if survivors else 0,
        apart=len(judged) - len(survivors),
    )
