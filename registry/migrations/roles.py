"""The roles that rights in a dump name: a dump holds the rights, and not the roles."""

from psycopg import Connection, sql
from psycopg.errors import InsufficientPrivilege

from registry.database.row_level_security import ROLE
from registry.marts.schemas import ROLES
from schemas.errors import DatabaseUnavailable


def make_missing_roles(connection: Connection) -> None:
    """Make the roles of gateway and analysts where the server has none of them yet.

    Raises:
        DatabaseUnavailable: the user may not make roles; the message says what to run.
    """
    known = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles").fetchall()}
    try:
        for name in sorted({ROLE, *ROLES} - known):
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(name)))
        if ROLE not in known:
            connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(ROLE)))
    except InsufficientPrivilege as error:
        from registry.migrations import MAKE_ROLES  # noqa: PLC0415 - loads Alembic

        raise DatabaseUnavailable(
            f"The user of ROSTERLINE_DATABASE_URL may not make roles. An administrator runs first: "
            f"{MAKE_ROLES}"
        ) from error
