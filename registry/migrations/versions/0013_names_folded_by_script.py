"""Blocking keys of names with letters beyond ASCII, whose folding changed.

Marks are dropped on Latin, Greek and Cyrillic letters only; case is folded fully; letters that do
not decompose have plain ones. Patients who have one key by that, and had two, are pairs for the
review queue. They are not merged.
"""

from collections.abc import Sequence

import psycopg
from alembic import op

from registry.database.statements import Statements
from schemas.name_folding import name_key

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_SQL = Statements(__file__)
_BATCH = 10_000
# Names in ASCII fold as they did.
CONCERNED = (
    "SELECT id, name_key, first_name, last_name, birth_year, gender FROM patient"
    " WHERE octet_length(first_name || last_name) <> char_length(first_name || last_name)"
)


def upgrade() -> None:
    connection = op.get_bind().connection.driver_connection
    if not isinstance(connection, psycopg.Connection):
        raise TypeError(f"not a connection of psycopg: {type(connection)}")
    connection.execute(
        "CREATE TEMPORARY TABLE renewed_key"
        " (patient_id uuid PRIMARY KEY, former bigint, name_key bigint) ON COMMIT DROP"
    )
    _fill(connection)
    connection.execute("ANALYZE renewed_key")
    connection.execute(_SQL["0013_renew_name_keys"].encode())
    connection.execute(_SQL["0013_open_reviews"].encode())


def _fill(connection: psycopg.Connection) -> None:
    """`renewed_key`, worked out here: PostgreSQL cannot fold."""
    with connection.cursor(name="concerned") as patients:
        patients.execute(CONCERNED)
        while batch := patients.fetchmany(_BATCH):
            with (
                connection.cursor() as cursor,
                cursor.copy("COPY renewed_key (patient_id, former, name_key) FROM STDIN") as copy,
            ):
                for patient_id, former, *person in batch:
                    renewed = name_key(*person)
                    if renewed != former:
                        copy.write_row((patient_id, former, renewed))


def downgrade() -> None:
    pass  # how names were folded before is no longer known here
