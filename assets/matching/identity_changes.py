"""Rows that share nothing but an identifier with their patient: names and birth all differ.

Each is a question for a person, in table `identity_question`. A file of which many rows are such is
held: a column that was shifted or sorted alone makes every patient another person. No row of such a
file is to be believed, so the import fails with `identities_changed`, until a person lets it
through (`let_through_by`) or raises the account's share.
"""

import duckdb
from psycopg import Connection

from assets.attempt_work import AttemptWork
from assets.matching.brought_facts import select_facts
from assets.staging_database import scalar
from assets.steps import StepFiles, run_steps
from registry.ledger.let_through import HELD, who_let_through
from schemas.errors import FileFault
from schemas.formats import Format

_STEPS = StepFiles(__file__)

DEFAULT_PERCENT = 5.0
"""Of the rows of a file; an account's setting `identity_change_percent` is in its place."""
FEWEST_ROWS = 3
"""Below, no file is held: one re-used number in a file of four rows is no shifted column."""


def list_identity_questions(connection: duckdb.DuckDBPyConnection, file_format: Format) -> None:
    """Create `identity_question(line, patient_id, person, is_applied, facts)`.

    `facts` are, as JSON, what a row that fails would bring: [address, value] each, in the sender's
    order. They are NULL where the row is written.
    """
    if not scalar(connection, "SELECT count(*) FROM identity_change"):
        run_steps(connection, _STEPS["make_identity_questions"])
    elif file_format.identity_change == "error":
        facts = select_facts(connection, file_format)
        run_steps(connection, _STEPS["list_failed_identity_changes"].fill(facts=facts))
    else:
        run_steps(connection, _STEPS["list_written_identity_changes"])


LET_THROUGH = "`rosterline backfill IMPORT --let-through` does so, too"


def hold_for_identity_changes(
    connection: duckdb.DuckDBPyConnection, registry: Connection, work: AttemptWork
) -> None:
    """Compare table `identity_change` with what the account allows.

    Raises:
        FileFault: there are more, and nobody let the file through.
    """
    changed = scalar(connection, "SELECT count(*) FROM identity_change")
    if changed < FEWEST_ROWS:
        return
    rows = scalar(connection, "SELECT count(*) FROM staged")
    percent = float(work.account.settings.get("identity_change_percent", DEFAULT_PERCENT))
    if changed * 100 > rows * percent and not who_let_through(registry, work.imported.id):
        first = scalar(connection, "SELECT min(line) FROM identity_change")
        raise FileFault(HELD, _reason(changed, rows, first, percent), first, advice=LET_THROUGH)


def _reason(changed: int, rows: int, first: int, percent: float) -> str:
    return (
        f"{changed:,} of {rows:,} rows, the first on line {first}, have the identifier of a "
        "patient whose first name, last name and birth are all different; a column may have been "
        "shifted or sorted alone; nothing was imported; the account allows "
        f"{percent:g} % of a file's rows; if the file is right, have it let through at the "
        "portal"
    )
