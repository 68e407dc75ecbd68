"""Values that a person corrects by hand: a decision, with a change set like that of any other.

    correct      phone/home  A → B, by Ada       asserted by Ada from now on
    take_back    phone/home  B → A               what is in effect asserted last, as in an undo

A correction stands against files that bring what it replaced (assets/matching/keep_newer.py). The
caller commits.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from psycopg import Connection

from registry.database.account_lock import lock_account
from registry.database.statements import Statements
from registry.decisions.change_sets import REQUIRED, open_change_set, write_change_set
from registry.decisions.decision import Decision, record_decision
from registry.decisions.identity_reviews import require_no_open_identity
from registry.decisions.judgements import (
    Reviewer,
    require_free_identifiers,
    what_became_of,
    write_decision,
)
from registry.decisions.survivorship import Changes
from registry.decisions.undo_values import find_values
from registry.ids import new_id
from registry.patients.facts import read_facts
from registry.patients.record import address_of
from schemas.errors import NotAllowed, NotFound

_SQL = Statements(__file__)


def correct(
    connection: Connection, reviewer: Reviewer, patient_id: UUID, changes: Changes
) -> Decision | None:
    """Write values of a patient, address → (old, new); `old` is what the person saw.

    Values that are there already are left out, so that a form which is sent twice writes once.

    Returns:
        The decision, or None where nothing is left to write.

    Raises:
        NotFound: the account has no such patient now.
        NotAllowed: a value is another one by now, a patient must have it, an identifier belongs to
            somebody else, or it is open who the patient is.
    """
    lock_account(connection, reviewer.account_id)
    now = _values(connection, reviewer, patient_id)
    require_no_open_identity(connection, [patient_id])
    wanted = {
        address: (old, new) for address, (old, new) in changes.items() if now.get(address) != new
    }
    if any(now.get(address) != old for address, (old, _) in wanted.items()):
        raise NotAllowed("a value was changed meanwhile; nothing was written, look again")
    if any(address in REQUIRED and new is None for address, (_, new) in wanted.items()):
        raise NotAllowed("a patient must have names, birth and gender")
    if not wanted:
        return None
    given = {address: new for address, (_, new) in wanted.items() if new is not None}
    require_free_identifiers(connection, reviewer, patient_id, given)
    decision = _new(connection, reviewer, "correction", patient_id)
    return write_decision(connection, decision, {patient_id: wanted})


def take_back(connection: Connection, reviewer: Reviewer, decision_id: UUID) -> Decision:
    """Take a correction back: its values become those that are asserted without it.

    A correction that was taken back stays so.

    Returns:
        What took it back, now or the first time.

    Raises:
        NotFound: the account has no such correction.
        NotAllowed: its patient is not in the registry now, or a part of the history was archived.
    """
    lock_account(connection, reviewer.account_id)
    patient_id = _patient_of(connection, reviewer, decision_id)
    before = connection.execute(
        "SELECT id, user_name, decided_at FROM decision WHERE undone_decision_id = %s",
        (decision_id,),
    ).fetchone()
    if before is not None:
        return Decision(
            before[0], reviewer.account_id, "correction_undone", before[1], before[2],
            patient_id=patient_id, undone_decision_id=decision_id,
        )  # fmt: skip
    if not read_facts(connection, reviewer.account_id, patient_id):
        fate = what_became_of(connection, reviewer, patient_id)
        raise NotAllowed(f"patient {patient_id} {fate}")
    decision = replace(
        _new(connection, reviewer, "correction_undone", patient_id),
        undone_decision_id=decision_id,
    )
    open_change_set(connection)
    kept = find_values(connection, reviewer.account_id, decision_id, [0])
    written = write_change_set(connection, reviewer.account_id, decision.id, decision.decided_at)
    taken = replace(decision, changed=written.changed, kept=kept)
    record_decision(connection, taken)
    return taken


def _values(connection: Connection, reviewer: Reviewer, patient_id: UUID) -> Mapping[str, str]:
    facts = read_facts(connection, reviewer.account_id, patient_id)
    if not facts:
        raise NotFound("there is no such patient")
    return {address_of(field, item, name): value for field, item, name, value in facts}


def _new(connection: Connection, reviewer: Reviewer, kind: str, patient_id: UUID) -> Decision:
    """A decision after all that was received before it, also where some clock was ahead."""
    about = {"account": reviewer.account_id, "now": reviewer.at}
    row = connection.execute(_SQL["choose_time_of_change"], about).fetchone()
    at: datetime = row[0] if row else reviewer.at
    return Decision(
        new_id(reviewer.at), reviewer.account_id, kind, reviewer.name, at, patient_id=patient_id
    )


def _patient_of(connection: Connection, reviewer: Reviewer, decision_id: UUID) -> UUID:
    row = connection.execute(
        "SELECT patient_id FROM decision WHERE id = %s AND account_id = %s AND kind = 'correction'",
        (decision_id, reviewer.account_id),
    ).fetchone()
    if row is None:
        raise NotFound("there is no such correction")
    patient_id: UUID = row[0]
    return patient_id
