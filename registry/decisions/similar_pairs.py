"""Pairs of patients who are similar: what a score says goes into the review queue.

A pair that is open gets the new score. A pair that a person judged is left alone for ever, also
where one of the two was merged into another patient since. All other pairs above the threshold
become open.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from uuid import UUID

import polars as pl
from psycopg import Connection
from psycopg.rows import class_row

from registry.database.account_lock import lock_account
from registry.database.bulk_copy import copy_in_temporary
from registry.database.statements import Statements

_SQL = Statements(__file__)
_TYPES = {
    "patient_id": "uuid",
    "other_patient_id": "uuid",
    "weight": "double precision",
    "probability": "double precision",
    "evidence": "jsonb",
    "caution": "text",
    "is_similar": "boolean",
    "attempt": "smallint",
    "line": "integer",
}


@dataclass(frozen=True)
class ScoringModel:
    """The model that scored pairs, by the name that stands beside a score, and its thresholds.

    `review` is the weight from which a person is asked, `automatic` the lowest one from which an
    account may let new patients be linked.
    """

    name: str
    review: float
    automatic: float


@dataclass(frozen=True)
class QueueChanges:
    """What scored pairs changed in the queue, as counts of pairs."""

    opened: int
    scored_again: int
    judged_before: int
    missing: int
    """Pairs above the threshold that are neither open nor judged, and so nowhere: none, always."""


def write_scores(
    connection: Connection,
    account_id: int,
    import_id: UUID | None,
    model: ScoringModel,
    pairs: Iterable[pl.DataFrame],
) -> QueueChanges:
    """Put scored pairs into the queue; the caller commits.

    The frames have `patient_id`, `other_patient_id`, `weight`, `probability`, `evidence` (JSON) and
    `caution`; `is_similar` says whether the pair is above the threshold, and `attempt` and `line`
    which row of the import asks. Without an import, the row asks that the younger patient came
    from. A pair without a weight loses the score that it had.
    """
    # So that neither of the two is merged or undone before the pair is written.
    lock_account(connection, account_id)
    copy_in_temporary(connection, "scored_pair", _TYPES, pairs)
    connection.execute(_SQL["note_scoring_model"], {"account": account_id, **asdict(model)})
    about = {"account": account_id, "import_id": import_id, "model": model.name}
    connection.execute(_SQL["leave_judged_pairs"], about)
    scored_again = connection.execute(_SQL["score_open_pairs"], about).rowcount
    opened = connection.execute(_SQL["open_similar_pairs"], about).rowcount
    [[judged, missing]] = connection.execute(_SQL["count_pairs_by_fate"], about)
    return QueueChanges(opened, scored_again, judged, missing)


def latest_scoring_model(connection: Connection, account_id: int) -> ScoringModel | None:
    """The model that scored the account's pairs last; None before the first search."""
    query = (
        "SELECT name, review, automatic FROM scoring_model WHERE account_id = %s"
        " ORDER BY used_at DESC LIMIT 1"
    )
    with connection.cursor(row_factory=class_row(ScoringModel)) as cursor:
        return cursor.execute(query, (account_id,)).fetchone()
