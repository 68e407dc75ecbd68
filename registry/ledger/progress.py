"""How far an attempt is: its stages that are done, how long they took, and what they counted.

Written at the end of each stage, in the transaction that ends it; read while the run goes on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from registry.database.statements import Statements
from registry.tables.enums import OUTCOMES

_SQL = Statements(__file__)

COUNTS = ("records", *OUTCOMES)


@dataclass(frozen=True)
class Progress:
    """Stages of an attempt that are done, in their order, and rows as far as they are decided.

    A count is None until a stage knows it. What a row becomes is decided before it is written, so
    the counts are final only once the attempt is applied.
    """

    stages: list[str]
    records: int | None
    created: int | None
    updated: int | None
    unchanged: int | None
    errored: int | None


def record_stage(  # noqa: PLR0913 - one row
    connection: Connection,
    import_id: UUID,
    attempt: int,
    stage: str,
    started_at: datetime,
    *,
    seconds: float,
    counts: Mapping[str, int],
) -> None:
    """Keep that a stage is done; one that runs again overwrites its row. The caller commits."""
    connection.execute(
        _SQL["record_stage"],
        {
            "import": import_id,
            "attempt": attempt,
            "stage": stage,
            "started_at": started_at,
            "seconds": seconds,
            **{name: counts.get(name) for name in COUNTS},
        },
    )


def forget_stages(connection: Connection, import_id: UUID, attempt: int) -> None:
    """Remove the stages of an attempt that begins anew; the caller commits."""
    connection.execute(
        "DELETE FROM attempt_stage WHERE import_id = %s AND attempt = %s", (import_id, attempt)
    )


def stage_seconds(connection: Connection, import_id: UUID, attempt: int) -> dict[str, float]:
    """Seconds by stage, in the order in which they ran."""
    rows = connection.execute(
        "SELECT stage, seconds FROM attempt_stage WHERE import_id = %s AND attempt = %s"
        " ORDER BY started_at",
        (import_id, attempt),
    ).fetchall()
    return dict(rows)


def read_progress(connection: Connection, import_id: UUID, after: int = 0) -> Progress:
    """How far the latest attempt over an import is; nothing is done before there is one.

    Attempts up to number `after` do not count: a further one is being waited for.
    """
    with connection.cursor(row_factory=class_row(Progress)) as cursor:
        cursor.execute(_SQL["read_progress"], {"id": import_id, "after": after})
        (progress,) = cursor.fetchall()
    return progress
