"""Who signs in to PostgreSQL: the owner, and two logins that are no superusers and make no roles.

| user | signs in for | may |
| --- | --- | --- |
| that of ROSTERLINE_DATABASE_URL | migrations, backup, restore | everything; it owns the tables |
| `rosterline_runs` | Dagster, runs, intake, commands | read and write all rows; owns the marts |
| `rosterline_gateway_login` | API, portal, SFTP server | what comes before an account is known |

The last one takes the role `rosterline_gateway` for everything else, and no other one. Its rights
are in `registry/tables/objects/`; docs/decisions/021-who-signs-in-to-postgresql.md gives the
reasons.
"""

from contextlib import suppress

from psycopg import Connection, sql
from psycopg.errors import DuplicateObject, InsufficientPrivilege, InternalError_, UniqueViolation

from registry.database.row_level_security import ROLE

GATEWAY_LOGIN = "rosterline_gateway_login"
RUNS_LOGIN = "rosterline_runs"

LOGINS = {
    # Without taking the walled role, it has none of its rights.
    GATEWAY_LOGIN: "NOINHERIT",
    RUNS_LOGIN: "INHERIT",
}
"""Attributes besides those of a plain user: no superuser, makes no roles and no databases."""

SEES_ALL_ROWS = f"ALTER ROLE {RUNS_LOGIN} BYPASSRLS"
"""PostgreSQL refuses COPY into a table to whom policies apply, even those that let everything
through, and runs write their rows by COPY. Before PostgreSQL 16 only superusers can give it."""

ADMINISTRATOR_MAKES = (
    f"CREATE ROLE {ROLE} NOLOGIN; GRANT {ROLE} TO <user>; "
    f"CREATE ROLE {GATEWAY_LOGIN} NOINHERIT LOGIN PASSWORD '<password>'; "
    f"GRANT {ROLE} TO {GATEWAY_LOGIN}; "
    f"CREATE ROLE {RUNS_LOGIN} BYPASSRLS LOGIN PASSWORD '<another password>'; "
    f"GRANT {RUNS_LOGIN} TO <user>;"
)
"""What an administrator runs for a user who may not create roles."""

FIRST_WITH_SET = 160_000
"""Since this version of PostgreSQL, a member may lack the right to become the role."""


def make_logins(connection: Connection) -> None:
    """Make the roles that are missing, without a password, and what they are members of.

    Safe under a race of several databases of one server. The caller commits.

    Raises:
        psycopg.errors.InsufficientPrivilege: this user may not make roles.
    """
    for name, attributes in {ROLE: "", **LOGINS}.items():
        _make_role(connection, name, f"NOLOGIN {attributes}")
    if not sees_all_rows(connection, RUNS_LOGIN):
        # Where it may not be given, `let_logins_in` says so to whoever wants to use this login.
        with suppress(InsufficientPrivilege), connection.transaction():
            connection.execute(SEES_ALL_ROWS)
    ((own, is_superuser),) = connection.execute(
        "SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user"
    ).fetchall()
    _join(connection, GATEWAY_LOGIN, ROLE)
    if not is_superuser:
        # It takes the walled role where the gateway has no login of its own, and changes the marts,
        # which the other login owns.
        _join(connection, own, ROLE)
        _join(connection, own, RUNS_LOGIN)


def let_in(connection: Connection, login: str, verifier: str | None) -> None:
    """Let a login sign in; with this password (as SCRAM stores it) if there is one."""
    password = sql.SQL("") if verifier is None else sql.SQL(" PASSWORD {}").format(verifier)
    statement = sql.SQL("ALTER ROLE {} LOGIN{}").format(sql.Identifier(login), password)
    _unless_done_elsewhere(connection, statement)


def sees_all_rows(connection: Connection, role: str) -> bool:
    """Whether no row-level security applies to a role."""
    row = connection.execute(
        "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = %s", (role,)
    ).fetchone()
    return bool(row and row[0])


def signs_in(connection: Connection, login: str) -> bool:
    """Whether a role may sign in at all."""
    row = connection.execute(
        "SELECT rolcanlogin FROM pg_roles WHERE rolname = %s", (login,)
    ).fetchone()
    return bool(row and row[0])


def _make_role(connection: Connection, name: str, attributes: str) -> None:
    row = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (name,)).fetchone()
    if row is None:
        statement = f"CREATE ROLE {{}} {attributes}"
        _unless_done_elsewhere(connection, sql.SQL(statement).format(sql.Identifier(name)))


def _join(connection: Connection, member: str, role: str) -> None:
    """Make a user a member of a role, unless it may become the role already."""
    how = "MEMBER" if connection.info.server_version < FIRST_WITH_SET else "SET"
    row = connection.execute(
        "SELECT pg_has_role(%s::name, %s::name, %s)", (member, role, how)
    ).fetchone()
    if not (row and row[0]):
        grant = sql.SQL("GRANT {} TO {}").format(sql.Identifier(role), sql.Identifier(member))
        _unless_done_elsewhere(connection, grant)


def _unless_done_elsewhere(connection: Connection, statement: sql.Composed) -> None:
    """Run a statement, unless another database of the server runs the same one at this moment."""
    try:
        with connection.transaction():
            connection.execute(statement)
    except (DuplicateObject, UniqueViolation, InternalError_) as error:
        # "tuple concurrently updated" has no code of its own.
        if isinstance(error, InternalError_) and "concurrently" not in str(error):
            raise
