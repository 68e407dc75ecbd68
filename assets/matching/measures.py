"""What a file is like, in the numbers by which it is compared with the account's usual files.

Tables in: `outcome`, `matched_patient`, `identity_change`. Table out: `measured(records, errored,
changed_identities, missing)`, one row, kept in the import's file; `missing` is NULL where it was
not counted.
"""

import duckdb
from psycopg import Connection

from assets.attempt_work import AttemptWork
from assets.staging_database import create_table_in_batches, scalar
from assets.steps import StepFiles, run_steps
from registry.accounts.hold_rules import hold_rules_of
from registry.database.bulk_copy import copy_out_in_batches
from registry.ledger.usual_files import Measures

_STEPS = StepFiles(__file__)


def measure(
    connection: duckdb.DuckDBPyConnection,
    registry: Connection,
    work: AttemptWork,
    *,
    is_newest: bool,
) -> None:
    """Create `measured`.

    Who is missing is counted for an account's newest file, if its files are whole lists: for an
    older file, patients who came since would be missing. It is not counted for a member of an
    archive, which at most is the whole list together with the others.
    """
    counts = (
        is_newest
        and work.imported.parent_id is None
        and hold_rules_of(work.account.settings).full_roster
    )
    missing = _count_missing(connection, registry, work.account.id) if counts else None
    run_steps(connection, _STEPS["make_measured"].bind(missing=missing))


def read_measures(connection: duckdb.DuckDBPyConnection) -> Measures:
    """The numbers in `measured`."""
    ((records, errored, identities, missing),) = connection.execute("FROM measured").fetchall()
    return Measures(records, errored, identities, missing)


def _count_missing(
    connection: duckdb.DuckDBPyConnection, registry: Connection, account_id: int
) -> int:
    """How many stored patients no row names; those whom a caller withdrew are not expected."""
    about = {"account_id": account_id}
    ((stored,),) = registry.execute(
        "SELECT count(*) FROM patient WHERE account_id = %(account_id)s", about
    ).fetchall()
    withdrawn = copy_out_in_batches(
        registry, "SELECT id FROM patient WHERE account_id = %(account_id)s AND withdrawn", about
    )
    create_table_in_batches(connection, "withdrawn_patient", withdrawn)
    named = scalar(connection, "SELECT count(*) FROM matched_patient WHERE NOT is_new")
    not_expected = scalar(
        connection,
        "SELECT count(*) FROM withdrawn_patient"
        " WHERE id::UUID NOT IN (SELECT patient_id FROM matched_patient)",
    )
    return int(stored) - named - not_expected
