"""The roles of PostgreSQL that are needed: who signs in, and the roles that rights in a dump name.

A dump holds the rights, and not the roles.
"""

from psycopg import Connection, sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import InsufficientPrivilege

from registry.database.connections import (
    VARIABLES,
    connect_as_gateway,
    connect_as_owner,
    connect_as_runs,
    plain_url,
)
from registry.database.logins import (
    ADMINISTRATOR_MAKES,
    GATEWAY_LOGIN,
    RUNS_LOGIN,
    SEES_ALL_ROWS,
    let_in,
    make_logins,
    sees_all_rows,
    signs_in,
)
from registry.marts.schemas import ROLES
from registry.settings.database import DatabaseSettings
from schemas.errors import DatabaseUnavailable

MAKE_ROLES = " ".join([ADMINISTRATOR_MAKES, *(f"CREATE ROLE {role} NOLOGIN;" for role in ROLES)])
"""What an administrator runs for a user who may not create roles."""


def make_missing_roles(connection: Connection) -> None:
    """Make the roles of gateway, runs and analysts where the server has none of them yet.

    Raises:
        DatabaseUnavailable: the user may not make roles; the message says what to run.
    """
    known = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles").fetchall()}
    try:
        make_logins(connection)
        for name in sorted(set(ROLES) - known):
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(name)))
    except InsufficientPrivilege as error:
        raise DatabaseUnavailable(
            f"The user of ROSTERLINE_DATABASE_URL may not make roles. An administrator runs first: "
            f"{MAKE_ROLES}"
        ) from error


def let_logins_in(settings: DatabaseSettings) -> None:
    """Let each login that has an address sign in with the password in it.

    One that signs in already keeps its password: it may be used by another installation.

    Raises:
        DatabaseUnavailable: an address is another user's, its password is not the one that is
            stored, or the owner may not set it; the message says what to do.
    """
    if settings.is_embedded:
        return  # its logins are made with the server
    for login, url, connects in (
        (GATEWAY_LOGIN, settings.gateway_database_url, connect_as_gateway),
        (RUNS_LOGIN, settings.runs_database_url, connect_as_runs),
    ):
        if url is None:
            continue
        variable = VARIABLES[login]
        said = conninfo_to_dict(plain_url(url))
        if said.get("user") != login:
            raise DatabaseUnavailable(f"{variable} must name the user {login}.")
        try:
            connects(settings).close()
        except DatabaseUnavailable:
            _set_password(settings, login, variable, str(said.get("password") or ""))
            connects(settings).close()
    if settings.runs_database_url is not None:
        _require_all_rows(settings)


def _require_all_rows(settings: DatabaseSettings) -> None:
    with connect_as_runs(settings) as connection:
        if not sees_all_rows(connection, RUNS_LOGIN):
            raise DatabaseUnavailable(
                f"Row-level security applies to {RUNS_LOGIN}, so runs cannot write, and the user "
                f"of ROSTERLINE_DATABASE_URL may not change that. A superuser runs: {SEES_ALL_ROWS}"
            )


def _set_password(settings: DatabaseSettings, login: str, variable: str, password: str) -> None:
    with connect_as_owner(settings) as connection:
        if signs_in(connection, login):
            return  # connecting says what is wrong
        # Hashed here, because the server may log statements.
        verifier = connection.pgconn.encrypt_password(
            password.encode(), login.encode(), b"scram-sha-256"
        ).decode()
        try:
            let_in(connection, login, verifier if password else None)
        except InsufficientPrivilege as error:
            raise DatabaseUnavailable(
                f"The user of ROSTERLINE_DATABASE_URL may not let {login} sign in. An "
                f"administrator runs: ALTER ROLE {login} LOGIN PASSWORD '…', with the password "
                f"of {variable}."
            ) from error
