"""Who is missing from a file that is its account's whole list."""

from uuid import UUID

from psycopg import Connection

from registry.database.statements import Statements
from registry.ledger.archived_months import require_rows
from registry.ledger.imports import Import, latest_attempt
from schemas.errors import NotAllowed

_SQL = Statements(__file__)


def list_missing(connection: Connection, imported: Import) -> list[UUID]:
    """Patients who were there before this import, are there now, and are in none of its rows.

    Raises:
        NotAllowed: nobody counted them: the file is no whole list, or was not the newest one.
    """
    attempt = latest_attempt(connection, imported.id)
    if attempt.missing is None:
        raise NotAllowed(
            "nobody counted who is missing from this file: its account does not send whole lists, "
            "or a newer file was imported before",
            advice="`rosterline account hold NAME --full-roster` says that an account does",
        )
    require_rows(connection, imported.id, imported.partition_key)
    about = {
        "account": imported.account_id, "import": imported.id, "attempt": attempt.number
    }  # fmt: skip
    return [who for (who,) in connection.execute(_SQL["list_missing"], about).fetchall()]
