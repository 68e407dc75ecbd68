"""What a person decided about patients: a row of table `decision`."""

from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from psycopg import Connection


@dataclass(frozen=True)
class Decision:
    """An undo, a merge, a split, a correction, or who a patient is.

    The latter's kinds are `identity` and `identity_reopened`.

    An undo names `import_id` and the last `attempt` that it takes back. Merge and split name the
    surviving patient (`patient_id`) and the other one, an identity or a correction its patient;
    `correction_undone` names the correction that it takes back (`undone_decision_id`). `changed`,
    `removed` and `restored` count patients, `kept` counts values that stayed because something else
    asserts them. `is_automatic` marks a merge that a threshold decided, and its split by an undo.
    """

    id: UUID
    account_id: int
    kind: str
    user_name: str
    decided_at: datetime
    import_id: UUID | None = None
    attempt: int | None = None
    patient_id: UUID | None = None
    other_patient_id: UUID | None = None
    changed: int = 0
    removed: int = 0
    restored: int = 0
    kept: int = 0
    is_automatic: bool = False
    undone_decision_id: UUID | None = None


def record_decision(connection: Connection, decision: Decision) -> None:
    """Store a decision; its change set carries its id."""
    names = [field.name for field in fields(Decision)]
    connection.execute(
        f"INSERT INTO decision ({', '.join(names)})"
        f" VALUES ({', '.join(f'%({name})s' for name in names)})",
        {name: getattr(decision, name) for name in names},
    )
