"""Automatic linking: a new patient who is certainly a stored one is merged into them at once.

Off unless the account has a threshold (`link_above`). A pair is linked if its score is at least
that, the younger patient was created by the import and the older was there before, nobody else
scores as high with the younger, the model has no caution, and no person touched either since. What
a format's own rule kept apart, for example by another identifier, is left to a person.

A link is a merge like a person's, marked as automatic: *split* takes it back, and so does *undo* of
the import that created the younger patient.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from registry.accounts.accounts import Account
from registry.database.account_lock import lock_account
from registry.database.statements import Statements
from registry.decisions.judged_pairs import judged_pairs
from registry.decisions.judgements import Reviewer, locked_pair, set_pair_state
from registry.decisions.merge import same
from registry.decisions.split import split
from schemas.errors import NotAllowed

LINK_ABOVE = "link_above"
"""The account's setting: the match weight from which a new patient is linked."""

PAIRS_AT_A_TIME = 50
"""So many are linked in one transaction, so that an import does not wait long for the lock."""

_SQL = Statements(__file__)
_REASONS = ["similar", "same_name_and_birth", "same_name_in_other_spelling"]


@dataclass(frozen=True)
class AutomaticLink:
    """A link in effect: the row whose new patient was linked, and to whom."""

    line: int
    patient_id: UUID
    linked_to: UUID
    weight: float
    by: str
    at: datetime


@dataclass(frozen=True)
class Rehearsal:
    """What a threshold would have made of pairs that people judged.

    `right` were judged the same and would have been linked, `wrong` were judged different or split.
    """

    judged: int
    right: int
    wrong: int


def link_threshold(account: Account, lowest: float) -> float | None:
    """From which weight pairs of the account are linked; None where it does not link.

    Never below `lowest`, the automatic threshold of the model that scored them.
    """
    chosen = account.settings.get(LINK_ABOVE)
    return None if chosen is None else max(float(chosen), lowest)


def link_new_patients(
    connection: Connection,
    account_id: int,
    import_id: UUID,
    threshold: float,
    model: str,
    now: datetime,
) -> int:
    """Link the new patients of an import that may be linked; commits as it goes.

    Cut off, it is continued by calling it again. Returns how many were linked.
    """
    linked = 0
    left_out: list[UUID] = []
    reviewer = Reviewer(account_id, f"automatic linking (model {model})", now, is_automatic=True)
    while True:
        lock_account(connection, account_id)
        about = {"import": import_id, "left_out": left_out, "count": PAIRS_AT_A_TIME}
        pairs = _linkable(connection, account_id, threshold, about | {"rehearsed": False})
        for younger, older, _ in pairs:
            try:
                with connection.transaction():
                    same(connection, reviewer, younger, older)
                linked += 1
            except NotAllowed:
                left_out.append(younger)  # a person decides
        connection.commit()
        if not pairs:
            return linked


def take_back_links(connection: Connection, reviewer: Reviewer, import_id: UUID) -> int:
    """Split the links of patients whom an import created, the latest first; the caller commits.

    The pairs are open again. A link stays where a person merged the linked patient on since, or
    where an identifier went to a third patient. Returns how many were taken back.
    """
    taken_back = 0
    for link in reversed(links_of_import(connection, import_id)):
        with suppress(NotAllowed), connection.transaction():
            split(connection, reviewer, link.patient_id, link.linked_to)
            pair = locked_pair(connection, reviewer, link.patient_id, link.linked_to)
            set_pair_state(connection, pair, "open")
            taken_back += 1
    return taken_back


def rehearse(connection: Connection, account_id: int, threshold: float) -> Rehearsal:
    """Hold a threshold against the pairs that people judged; nothing is written."""
    judged = {(pair.younger, pair.older) for pair in judged_pairs(connection, account_id)}
    about: dict[str, object] = {"import": None, "left_out": [], "count": None, "rehearsed": True}
    linkable = _linkable(connection, account_id, threshold, about)
    states = [state for *pair, state in linkable if tuple(pair) in judged]
    return Rehearsal(len(judged), states.count("same"), states.count("different"))


def links_of_import(
    connection: Connection, import_id: UUID, after_line: int = 0, count: int | None = None
) -> list[AutomaticLink]:
    """The links in effect of patients whom an import created, in the order of its rows."""
    about = {"import": import_id, "after_line": after_line, "count": count}
    with connection.cursor(row_factory=class_row(AutomaticLink)) as cursor:
        return cursor.execute(_SQL["list_automatic_links"], about).fetchall()


def count_links(connection: Connection, import_id: UUID) -> int:
    """How many links in effect an import has."""
    counted = connection.execute(
        f"SELECT count(*) FROM ({_SQL['list_automatic_links']}) AS link",
        {"import": import_id, "after_line": 0, "count": None},
    ).fetchall()
    return int(counted[0][0])


def _linkable(
    connection: Connection, account_id: int, threshold: float, about: Mapping[str, object]
) -> list[tuple[UUID, UUID, str]]:
    """(younger, older, state) of the pairs that may be linked, or might have been."""
    values: Mapping[str, object] = {
        "account": account_id,
        "threshold": threshold,
        "reasons": _REASONS,
        "states": ["same", "different"] if about["rehearsed"] else ["open"],
        **about,
    }
    return connection.execute(_SQL["choose_linkable_pairs"], values).fetchall()
