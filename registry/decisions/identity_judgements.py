"""What a reviewer decides about a row that has another person's name and birth than its patient.

                 the row failed                        the row was written
    right        the patient gets what it brings       nothing changes
    wrong        nothing changes                       the former person is put back
    ask_again    takes either back, and the row waits to be judged once more

A person is put back whole: what was written to the patient since was about somebody else. So a
later row that is judged right, or was taken over, leaves nothing to put back, and one that still
waits must be judged first. The caller commits.
"""

from collections.abc import Mapping
from uuid import UUID

from psycopg import Connection

from registry.database.account_lock import lock_account
from registry.database.statements import Statements
from registry.decisions.decision import Decision
from registry.decisions.identity_reviews import IdentityReview, read_identity
from registry.decisions.judgements import (
    Reviewer,
    changes_between,
    require_free_identifiers,
    what_became_of,
    write_decision,
)
from registry.decisions.survivorship import Changes
from registry.ids import new_id
from registry.ledger.archived_months import require_history
from registry.patients.facts import read_facts
from registry.patients.record import address_of
from schemas.errors import NotAllowed

_SQL = Statements(__file__)


def right(connection: Connection, reviewer: Reviewer, review_id: UUID) -> IdentityReview:
    """The patient is who the row says.

    Raises:
        NotFound: the account has no such review.
        NotAllowed: the row was judged before, or brings an identifier of a third patient.
    """
    return _judge(connection, reviewer, review_id, "right")


def wrong(connection: Connection, reviewer: Reviewer, review_id: UUID) -> IdentityReview:
    """The patient is not who the row says, but who they were before.

    Raises:
        NotFound: the account has no such review.
        NotAllowed: the row was judged before, or something that came later stands against it.
    """
    return _judge(connection, reviewer, review_id, "wrong")


def ask_again(connection: Connection, reviewer: Reviewer, review_id: UUID) -> IdentityReview:
    """Take a judgement back: the patient is who they were before it, and the row waits again.

    Raises:
        NotFound: the account has no such review.
        NotAllowed: the row waits already, the patient is gone, or something that came later stands
            against it.
    """
    found = _locked(connection, reviewer, review_id)
    if found.state == "open":
        raise NotAllowed("this row is not judged yet")
    if found.closed_by is not None:
        before = _before(connection, reviewer, found, (found.closed_by, 0, 0))
        _write(connection, reviewer, "identity_reopened", found, before)
    _set_state(connection, found, "open", None, None)
    return read_identity(connection, reviewer.account_id, review_id)


def would_become(
    connection: Connection, reviewer: Reviewer, found: IdentityReview
) -> tuple[dict[str, str], dict[str, str]]:
    """The patient of an open row as two persons: without the row, and with it.

    Raises:
        NotAllowed: a later row of the patient must be judged first.
    """
    now = _facts(connection, reviewer, found)
    if found.is_applied:
        return _before(connection, reviewer, found, _row(found)), now
    return now, now | dict(found.facts)


def _judge(
    connection: Connection, reviewer: Reviewer, review_id: UUID, state: str
) -> IdentityReview:
    found = _locked(connection, reviewer, review_id)
    if found.state != "open":
        raise NotAllowed(
            f"this row was judged {found.state!r} already, by {found.judged_by} on "
            f"{found.judged_at:%Y-%m-%d at %H:%M} UTC"
        )
    decision_id = None
    if (state == "right") is not found.is_applied:
        without, with_row = would_become(connection, reviewer, found)
        person = with_row if state == "right" else without
        decision_id = _write(connection, reviewer, "identity", found, person)
    _set_state(connection, found, state, reviewer, decision_id)
    return read_identity(connection, reviewer.account_id, review_id)


def _locked(connection: Connection, reviewer: Reviewer, review_id: UUID) -> IdentityReview:
    """The review, which nobody else can judge until the transaction ends."""
    lock_account(connection, reviewer.account_id)
    connection.execute("SELECT FROM identity_review WHERE id = %s FOR UPDATE", (review_id,))
    found = read_identity(connection, reviewer.account_id, review_id)
    if not found.patient.is_there:
        fate = what_became_of(connection, reviewer, found.patient.id)
        raise NotAllowed(f"patient {found.patient.id} {fate}")
    return found


def _row(found: IdentityReview) -> tuple[UUID, int, int]:
    return found.import_id, found.attempt, found.line


def _facts(connection: Connection, reviewer: Reviewer, found: IdentityReview) -> dict[str, str]:
    facts = read_facts(connection, reviewer.account_id, found.patient.id)
    return {address_of(field, item, name): value for field, item, name, value in facts}


def _before(
    connection: Connection,
    reviewer: Reviewer,
    found: IdentityReview,
    write: tuple[UUID, int, int],
) -> dict[str, str]:
    """The patient as they were before a write, (import or decision, attempt, line).

    As they are now where a later row was judged right: it says who the patient is.

    Raises:
        NotAllowed: such a row waits, the patient has another one merged in since, or a part of the
            patient's history was archived.
    """
    require_history(connection, reviewer.account_id, [found.patient.id])
    import_id, attempt, line = write
    about = {"review": found.id, "patient": found.patient.id, "import": import_id,
             "attempt": attempt, "line": line}  # fmt: skip
    facts = now = _facts(connection, reviewer, found)
    for changes, identity, merged in connection.execute(_SQL["list_later_writes"], about):
        if identity == "open":
            raise NotAllowed("a later row made this patient somebody else again; judge it first")
        if merged is not None:
            raise NotAllowed(f"patient {merged} was merged into this one since; split them first")
        if identity == "right":
            return now
        facts = _without(facts, changes)
    return facts


def _without(facts: Mapping[str, str], changes: Changes) -> dict[str, str]:
    """Facts as they were before changes, address → (old, new)."""
    before = dict(facts)
    for address, (old, _) in changes.items():
        if old is None:
            before.pop(address, None)
        else:
            before[address] = old
    return before


def _write(
    connection: Connection,
    reviewer: Reviewer,
    kind: str,
    found: IdentityReview,
    person: Mapping[str, str],
) -> UUID | None:
    """Make this person of the patient; returns the decision, None where they are it already."""
    changes = changes_between(_facts(connection, reviewer, found), person)
    if not changes:
        return None
    given = {address: new for address, (_, new) in changes.items() if new is not None}
    require_free_identifiers(connection, reviewer, found.patient.id, given)
    decision = Decision(
        new_id(reviewer.at),
        reviewer.account_id,
        kind,
        reviewer.name,
        reviewer.at,
        patient_id=found.patient.id,
    )
    return write_decision(connection, decision, {found.patient.id: changes}).id


def _set_state(
    connection: Connection,
    found: IdentityReview,
    state: str,
    by: Reviewer | None,
    decision_id: UUID | None,
) -> None:
    connection.execute(
        "UPDATE identity_review SET state = %s, judged_at = %s, judged_by = %s, closed_by = %s"
        " WHERE id = %s",
        (state, by.at if by else None, by.name if by else None, decision_id, found.id),
    )
