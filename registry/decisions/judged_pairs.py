"""Pairs with a score that people judged: what a model can learn from, and be tried on.

What a link or a bulk merge decided is left out: the score was why it was decided.
"""

from dataclasses import dataclass
from uuid import UUID

from psycopg import Connection

from registry.database.statements import Statements
from registry.decisions.evidence import Evidence, read_evidence

_SQL = Statements(__file__)


@dataclass(frozen=True)
class JudgedPair:
    """A judged pair with what spoke for and against it; it holds no value of a patient.

    `model` is the name of the model that scored it, `caution` why it was left to a person.
    """

    younger: UUID
    older: UUID
    is_same: bool
    model: str | None
    caution: str | None
    evidence: tuple[Evidence, ...]


def judged_pairs(connection: Connection, account_id: int) -> list[JudgedPair]:
    """The account's pairs with a score that people judged, in no order."""
    rows = connection.execute(_SQL["list_judged_pairs"], {"account": account_id})
    return [
        JudgedPair(younger, older, state == "same", model, caution, read_evidence(evidence))
        for younger, older, state, model, caution, evidence in rows
    ]
