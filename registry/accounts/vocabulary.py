"""Names that files brought along: departments and client groups, in the spelling first seen."""

from psycopg import Connection

from registry.accounts.accounts import Account


def list_names(connection: Connection, account: Account) -> dict[str, list[str]]:
    """The account's names by field, `department` and `client_group`, in alphabetical order."""
    rows = connection.execute(
        "SELECT field, name FROM vocabulary WHERE account_id = %s ORDER BY field, folded",
        (account.id,),
    ).fetchall()
    names: dict[str, list[str]] = {}
    for field, name in rows:
        names.setdefault(field, []).append(name)
    return names
