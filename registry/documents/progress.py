"""How far document queries are: of whole imports, and of single patients."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from registry.database.statements import Statements
from registry.ledger.imports import Import

_SQL = Statements(__file__)


@dataclass(frozen=True)
class Progress:
    """An import's document queries by state; `found` counts documents.

    `fault` says why sending paused, until `due_at`. Counts may be some seconds old while queries
    are being sent.
    """

    import_id: UUID
    state: str
    due_at: datetime
    fault: str | None
    total: int
    processing: int
    completed: int
    failed: int
    not_configured: int
    opted_out: int
    found: int

    @property
    def status(self) -> str:
        """One word for all queries: once none is open, the worst state that one has."""
        if self.state == "wanted" or self.processing:
            return "processing"
        if self.failed:
            return "failed"
        return "not-configured" if self.not_configured else "completed"

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        counts = ("total", "processing", "completed", "failed", "not_configured", "opted_out")
        return {
            "status": self.status,
            **{name: getattr(self, name) for name in counts},
            "found": self.found,
            "fault": self.fault,
        }


@dataclass(frozen=True)
class DocumentQuery:
    """The query that was planned last for a patient; `found` is None until it is completed."""

    patient_id: UUID
    import_id: UUID
    state: str
    found: int | None
    reason: str | None
    planned_at: datetime
    settled_at: datetime | None


def progress_of(connection: Connection, import_ids: Sequence[UUID]) -> dict[UUID, Progress]:
    """Progress by import; imports without document queries are left out."""
    with connection.cursor(row_factory=class_row(Progress)) as cursor:
        cursor.execute(
            f"SELECT {', '.join(Progress.__dataclass_fields__)} FROM document_plan"
            " WHERE import_id = ANY(%s)",
            (list(import_ids),),
        )
        return {each.import_id: each for each in cursor.fetchall()}


def latest_queries(
    connection: Connection, patient_ids: Sequence[UUID]
) -> dict[UUID, DocumentQuery]:
    """The last query of each patient who ever had one."""
    with connection.cursor(row_factory=class_row(DocumentQuery)) as cursor:
        cursor.execute(_SQL["list_latest_queries"], {"patient_ids": list(patient_ids)})
        return {each.patient_id: each for each in cursor.fetchall()}


def reasons_of(connection: Connection, imported: Import) -> dict[str, int]:
    """Why queries of the import failed or are tried again: count by code, the commonest first."""
    rows = connection.execute(_SQL["count_reasons"], {"import_id": imported.id}).fetchall()
    return dict(rows)
