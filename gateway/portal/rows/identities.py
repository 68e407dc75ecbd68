"""Changed identities of a check: who a row would make of a stored patient, both side by side."""

from dataclasses import dataclass

from polars.exceptions import PolarsError
from psycopg import Connection

from gateway.portal.rows.cell_references import Cells
from gateway.portal.rows.ledger_rows import cells_of
from registry.decisions.patient_summaries import PatientSummary, read_summaries
from registry.ledger.import_pages import ImportLine
from registry.ledger.kept_rows import KeptRow, Wanted, find_kept
from registry.settings import Settings

CODE = "identity_changed"
MOST = 10
"""So many are shown; the grid has all of them."""


@dataclass(frozen=True)
class Newcomer:
    """The person of a row, as its sender wrote them."""

    name: str
    birth: str
    gender: str


@dataclass(frozen=True)
class ChangedIdentity:
    """A row with the identifier of a stored patient whose name and birth are all others."""

    line: int
    stored: PatientSummary
    brought: Newcomer


def changed_identities(
    connection: Connection, settings: Settings, line: ImportLine, sha256: str
) -> list[ChangedIdentity]:
    """The first rows of a check that would turn a patient into somebody else.

    None where the check's rows are not kept any more: the grid names their lines.
    """
    if not line.dry_run or line.attempt is None:
        return []
    kept = find_kept(settings, line.partition_key, line.attempt)
    cells = cells_of(connection, settings, line, sha256)
    if kept is None or cells.layout is None:
        return []
    try:
        rows = kept.page(Wanted(code=CODE), MOST)
    except (OSError, PolarsError):  # removed or damaged meanwhile
        return []
    found = [(row, row.patient_id) for row in rows if row.patient_id is not None]
    stored = read_summaries(connection, list({patient_id for _, patient_id in found}))
    return [
        ChangedIdentity(row.line, stored[patient_id], _newcomer(row, cells))
        for row, patient_id in found
    ]


def _newcomer(row: KeptRow, cells: Cells) -> Newcomer:
    slots = cells.layout.slots if cells.layout else {}

    def first(*names: str) -> str:
        texts = (row.cells.get(slots.get(name, -1), "") for name in names)
        return next(filter(None, texts), "")

    return Newcomer(row.name, first("birth_date", "birth_year"), first("gender"))
