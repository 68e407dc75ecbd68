"""The last decision, taken back: what was judged at once is open again.

A decision about a cluster is several judgements of one moment: merges into its oldest patient, and
pairs that were closed. They are taken back together, in the reverse order.
"""

from datetime import datetime
from uuid import UUID

from psycopg import Connection

from registry.database.account_lock import lock_account
from registry.database.statements import Statements
from registry.decisions.clusters import components
from registry.decisions.judgements import Reviewer, ask_again, locked_pair
from registry.decisions.review_queue import Pair
from registry.decisions.split import split
from schemas.errors import NotFound

_SQL = Statements(__file__)


def take_back(connection: Connection, reviewer: Reviewer, one: UUID, other: UUID) -> Pair:
    """Open a judged pair again; two who were merged are split first. The caller commits.

    A pair that was asked about and judged in one act, as a whole cluster may be, leaves the queue
    again: nothing had asked about it before.

    Raises:
        NotFound: these two are no pair of the account.
        NotAllowed: the pair is not judged, or what came after the decision stands in the way.
    """
    pair = locked_pair(connection, reviewer, one, other)
    if pair.state == "same":
        split(connection, reviewer, one, other)
    ask_again(connection, reviewer, one, other)
    if pair.reason == "asked_by_person" and pair.created_at == pair.judged_at:
        about = {"younger": pair.younger.id, "older": pair.older.id}
        connection.execute(
            "DELETE FROM review WHERE patient_id = %(younger)s AND other_patient_id = %(older)s",
            about,
        )
    return pair


def take_back_cluster(
    connection: Connection, reviewer: Reviewer, patient: UUID, at: datetime | None = None
) -> list[tuple[UUID, UUID]]:
    """Take back what was judged at one moment about a patient and those whom it connects to them.

    `at` is that moment; without it, the last one at which the patient was judged. Returns (younger,
    older) of the pairs. The caller commits.

    Raises:
        NotFound: nothing was judged about the patient then.
        NotAllowed: what came after the decision stands in the way.
    """
    lock_account(connection, reviewer.account_id)
    judged = judged_at_once(connection, reviewer.account_id, patient, at)
    if not judged:
        raise NotFound("no decision about this patient is in force that could be taken back")
    # Pairs that a merge asks in another's place are open when the split of it removes them.
    apart_first = sorted(judged, key=lambda pair: pair[2] == "same")
    for younger, older, _ in apart_first:
        take_back(connection, reviewer, younger, older)
    return [(younger, older) for younger, older, _ in apart_first]


def judged_at_once(
    connection: Connection, account_id: int, patient: UUID, at: datetime | None = None
) -> list[tuple[UUID, UUID, str]]:
    """(younger, older, state) of the pairs that `take_back_cluster` takes back."""
    about = {"account": account_id, "patient": patient, "at": at}
    judged = connection.execute(_SQL["list_judged_at_once"], about).fetchall()
    ids = [(younger, older) for younger, older, _ in judged]
    together = components({each for pair in ids for each in pair} | {patient}, ids)[patient]
    return [pair for pair in judged if pair[1] in together]
