"""A stock that was multiplied by SQL is as imports would have left it."""

from uuid import UUID

import psycopg

from bench.compare.ballast import multiply
from registry.accounts.accounts import add_account
from registry.database.connections import connect_as_owner
from registry.database.embedded_server import find_postmaster
from registry.migrations import migrate
from synthetic.layouts import thoroughcare_csv
from synthetic.people import people
from tests.importing import process, put

ROWS = 20
COPIES = 3


def _indexes(connection: psycopg.Connection) -> set[tuple[str, str, bool]]:
    """Of each table and each partition: the index without its name, and whether it is used."""
    query = (
        "SELECT indrelid::regclass::text, regexp_replace(pg_get_indexdef(indexrelid),"
        " 'INDEX \\S+ ', ''), indisvalid FROM pg_index"
        " WHERE indrelid::regclass::text ~ '^(patient|import_row)'"
    )
    return {(str(table), str(definition), valid is True)
            for table, definition, valid in connection.execute(query)}  # fmt: skip


def _counts(connection: psycopg.Connection) -> dict[str, int]:
    tables = ("patient", "patient_change", "patient_contact", "patient_identifier", "import_row")
    return {
        table: connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()[0]  # type: ignore[index]
        for table in tables
    }


def test_copies_have_all_rows_and_every_index_also_of_partitions(embedded, tmp_path):
    migrate(embedded)
    with connect_as_owner(embedded) as connection:
        account = add_account(connection, "bench", "thoroughcare")
        thoroughcare_csv(people(ROWS, 7), tmp_path / "made.csv")
        content = (tmp_path / "made.csv").read_bytes()
        process(embedded, connection, put(embedded, connection, account, content, folder=tmp_path))
        connection.commit()
        connection.autocommit = True  # else the tables that were read stay locked
        indexes, counts = _indexes(connection), _counts(connection)
        assert counts["patient"] == ROWS
        postmaster = find_postmaster(embedded)
        assert postmaster is not None
        multiply(postmaster.url(), COPIES)
        assert _indexes(connection) == indexes
        assert _counts(connection) == {
            table: count * (1 + COPIES) for table, count in counts.items()
        }
        ids = {row[0] for row in connection.execute("SELECT id FROM patient")}
        assert all(isinstance(each, UUID) for each in ids)
        assert len(ids) == ROWS * (1 + COPIES)
