"""Pairs that a person asks about: two patients of their choice, whom no search found."""

from uuid import UUID

from psycopg import Connection

from registry.database.account_lock import lock_account
from registry.database.statements import Statements
from registry.decisions.judgements import Reviewer, ask_again, require_state
from registry.decisions.review_queue import Pair, read_pair
from schemas.errors import NotAllowed, NotFound

_SQL = Statements(__file__)


def ask(connection: Connection, reviewer: Reviewer, one: UUID, other: UUID) -> Pair:
    """Put two patients into the queue, or find the pair that is open already. The caller commits.

    The pair names the row that the younger of the two came from, like any other pair.

    Raises:
        NotFound: the account has no such patient now.
        NotAllowed: both are the same patient.
    """
    if one == other:
        raise NotAllowed("name two patients; both ids are the same")
    lock_account(connection, reviewer.account_id)
    _require_patients(connection, reviewer, one, other)
    about = {"account": reviewer.account_id, "one": one, "other": other, "at": reviewer.at}
    connection.execute(_SQL["insert_asked_pair"], about)
    pair = read_pair(connection, reviewer.account_id, one, other)
    if pair.state == "different":
        ask_again(connection, reviewer, one, other)
        return read_pair(connection, reviewer.account_id, one, other)
    require_state(pair, "open")
    return pair


def _require_patients(connection: Connection, reviewer: Reviewer, one: UUID, other: UUID) -> None:
    rows = connection.execute(
        "SELECT id FROM patient WHERE account_id = %s AND id = ANY(%s)",
        (reviewer.account_id, [one, other]),
    ).fetchall()
    for patient in (one, other):
        if (patient,) not in rows:
            raise NotFound(f"the account has no patient {patient}")
