"""Names that files brought along: departments and client groups, in the spelling first seen."""

from psycopg import Connection

from registry.accounts.accounts import Account


def spelling_of(connection: Connection, account: Account, field: str, name: str) -> str:
    """The spelling in which the account saw a name first; a new name is added. The caller commits.

    The account has the department `Cardiology`: `CARDIOLOGY` → `Cardiology`.
    """
    about = {"account": account.id, "field": field, "folded": name.lower(), "name": name}
    connection.execute(
        "INSERT INTO vocabulary (account_id, field, folded, name)"
        " VALUES (%(account)s, %(field)s, %(folded)s, %(name)s) ON CONFLICT DO NOTHING",
        about,
    )
    row = connection.execute(
        "SELECT name FROM vocabulary"
        " WHERE account_id = %(account)s AND field = %(field)s AND folded = %(folded)s",
        about,
    ).fetchone()
    return str(row[0]) if row else name


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
