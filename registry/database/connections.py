"""Addresses of PostgreSQL, and connections to it.

Whether the server is embedded or external makes no difference outside of this module, nor does it
whether a pooler stands before it. Who signs in is said by the name of a function: the owner, the
login of runs and commands, or the gateway's (registry/database/logins.py). Where a login has no
address, it is the owner's.

A pooler in transaction mode gives each transaction a session of its own choice: what one
transaction leaves in its session, such as a lock, a LISTEN or a prepared statement, the next one
may not find, and a stranger may. `session_of` is for what must stay.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from registry.database.embedded_server import ensure_database, start_embedded, stop_embedded
from registry.database.logins import GATEWAY_LOGIN, RUNS_LOGIN
from registry.settings.database import DatabaseSettings
from schemas.errors import DatabaseUnavailable

if TYPE_CHECKING:  # SQLAlchemy is loaded where it is used: it takes longer than most queries
    from sqlalchemy import URL, Engine

__all__ = [
    "connect",
    "connect_as_gateway",
    "connect_as_owner",
    "connect_as_runs",
    "connect_directly",
    "dagster_url",
    "database_url",
    "direct_url",
    "engine",
    "gateway_url",
    "plain_url",
    "runs_url",
    "session_of",
    "start_embedded",
    "stop_embedded",
]

CONNECT_SECONDS = 10
OWNER = "ROSTERLINE_DATABASE_URL"
DIRECT = "ROSTERLINE_DATABASE_DIRECT_URL"
VARIABLES = {
    GATEWAY_LOGIN: "ROSTERLINE_GATEWAY_DATABASE_URL",
    RUNS_LOGIN: "ROSTERLINE_RUNS_DATABASE_URL",
}
"""By user, the variable with the address by which they sign in."""

LONGEST_REASON = 400


def database_url(settings: DatabaseSettings) -> str:
    """Address of the registry's database for its owner, as libpq and psycopg read it.

    Starts the embedded server when there is no external one and it does not run.

    Raises:
        DatabaseUnavailable: the embedded server does not start, or the address makes no sense, or
            this process was given that of another login only.
    """
    if settings.is_embedded:
        return start_embedded(settings)
    if settings.database_url is None:
        raise DatabaseUnavailable(
            "This needs ROSTERLINE_DATABASE_URL, the address for the owner of the database; only "
            "that of another user is set here."
        )
    return _external(settings.database_url, "ROSTERLINE_DATABASE_URL")


def runs_url(settings: DatabaseSettings) -> str:
    """The same for runs and commands. Raises as `database_url`."""
    if settings.is_embedded:
        return start_embedded(settings, RUNS_LOGIN)
    if settings.runs_database_url is None:
        return database_url(settings)
    return _external(settings.runs_database_url, VARIABLES[RUNS_LOGIN])


def gateway_url(settings: DatabaseSettings) -> str:
    """The same for the gateway. Raises as `database_url`."""
    if settings.is_embedded:
        return start_embedded(settings, GATEWAY_LOGIN)
    if settings.gateway_database_url is None:
        return database_url(settings)
    return _external(settings.gateway_database_url, VARIABLES[GATEWAY_LOGIN])


def _external(url: str, variable: str) -> str:
    _require_readable(url, variable)
    return plain_url(url)


def direct_url(settings: DatabaseSettings, url: str | None = None) -> str:
    """Address of PostgreSQL itself, past a pooler where there is one; the same user signs in.

    Args:
        settings: where PostgreSQL is.
        url: an address of a login; that of the owner by default.

    Raises:
        DatabaseUnavailable: as `database_url` does.
    """
    url = database_url(settings) if url is None else url
    if settings.database_direct_url is None:
        return url
    _require_readable(settings.database_direct_url, DIRECT)
    return _of_user(settings.database_direct_url, _read(url))


def _of_user(url: str, user: "URL") -> str:
    return _written(_read(plain_url(url)).set(username=user.username, password=user.password))


def _written(url: "URL") -> str:
    """The address as text. SQLAlchemy leaves a space in a password as it is, and libpq refuses it."""
    return url.render_as_string(hide_password=False).replace(" ", "%20")


def plain_url(url: str) -> str:
    """An address as libpq reads it, without the name of a driver."""
    # Only the scheme is changed: SQLAlchemy would write spaces in a way that libpq cannot read.
    return f"postgresql://{url.partition('://')[2]}"


def dagster_url(settings: DatabaseSettings, *, directly: bool = False) -> str:
    """Address of Dagster's own database, which is created when missing; past a pooler, if wanted.

    It names psycopg2: Dagster's storage passes on notifications in a way psycopg 3 refuses.

    Raises:
        DatabaseUnavailable: PostgreSQL cannot be reached, or may not create the database.
    """
    pooled = runs_url(settings)
    address = direct_url(settings, pooled)
    url = _read(address)
    # Only the owner can look whether it is there.
    if settings.database_url is not None or settings.is_embedded:
        try:
            server = direct_url(settings)
            owner = None if address == server else url.username
            ensure_database(server, settings.dagster_database, owner)
        except psycopg.OperationalError as error:
            raise _unreachable(url, error) from error
        except psycopg.errors.InsufficientPrivilege as error:
            raise DatabaseUnavailable(
                f"The user of {_where(url)} may not create the database "
                f"{settings.dagster_database!r}, which Dagster keeps its runs in. Create it and "
                "make that user its owner, or allow the user to create databases."
            ) from error
    url = url if directly else _read(pooled)
    return _written(
        url.set(drivername="postgresql+psycopg2", database=settings.dagster_database)
    )


def connect(settings: DatabaseSettings) -> psycopg.Connection:
    """A new connection to the registry, of runs and commands: transactions by hand, zone UTC.

    Raises:
        DatabaseUnavailable: PostgreSQL cannot be reached.
    """
    return _connect(settings, runs_url(settings))


connect_as_runs = connect


def connect_as_gateway(settings: DatabaseSettings, *, directly: bool = False) -> psycopg.Connection:
    """The same, of the gateway; past a pooler, if wanted. Raises as `connect`."""
    url = gateway_url(settings)
    return _connect_plainly(direct_url(settings, url)) if directly else _connect(settings, url)


def connect_as_owner(settings: DatabaseSettings) -> psycopg.Connection:
    """The same, of the owner, to PostgreSQL itself. Raises as `connect`."""
    return _connect_plainly(direct_url(settings))


def connect_directly(settings: DatabaseSettings) -> psycopg.Connection:
    """The same as `connect`, to PostgreSQL itself. Raises as `connect`."""
    return _connect_plainly(direct_url(settings, runs_url(settings)))


def _connect(settings: DatabaseSettings, url: str) -> psycopg.Connection:
    if settings.database_direct_url is None:
        return _connect_plainly(url)
    with _explained(url):
        connection = PooledConnection.connect(url, autocommit=False, **pooled_options(url))
        connection.direct_url = direct_url(settings, url)
        set_zone(connection)
        return connection


def _connect_plainly(url: str) -> psycopg.Connection:
    with _explained(url):
        return psycopg.connect(url, autocommit=False, **options(url))


class PooledConnection(psycopg.Connection[Any]):
    """A connection to a pooler, with a session beside it once something needs one."""

    direct_url: str | None = None
    _session: psycopg.Connection | None = None

    def session(self) -> psycopg.Connection:
        """The session beside this connection, in autocommit; it is closed with it.

        Raises:
            DatabaseUnavailable: PostgreSQL cannot be reached.
        """
        if self.direct_url is None:
            raise ValueError("this connection was not made by `connect`")
        if self._session is None or self._session.closed:
            self._session = _connect_plainly(self.direct_url)
            self._session.autocommit = True
        return self._session

    def close(self) -> None:
        """Close both; what the session holds is let go."""
        if self._session is not None:
            self._session.close()
        super().close()


def session_of(connection: psycopg.Connection) -> psycopg.Connection:
    """The connection in whose session something stays: this one, or one beside a pooled one.

    Raises:
        DatabaseUnavailable: PostgreSQL cannot be reached.
    """
    return connection.session() if isinstance(connection, PooledConnection) else connection


def set_zone(connection: psycopg.Connection) -> None:
    """Set UTC by a statement: poolers take no options, and remember the zone of each client."""
    was_autocommit, connection.autocommit = connection.autocommit, True
    connection.execute("SET timezone TO 'UTC'")
    connection.autocommit = was_autocommit


def through_pooler(connection: psycopg.Connection) -> bool:
    """Whether something between here and PostgreSQL answers in its name, as PgBouncer does."""
    (pid,) = connection.execute("SELECT pg_backend_pid()").fetchone() or (None,)
    return bool(pid != connection.info.backend_pid)


@contextmanager
def _explained(url: str) -> Iterator[None]:
    try:
        yield
    except psycopg.OperationalError as error:
        raise _unreachable(_read(url), error) from error
    except psycopg.ProgrammingError:
        # libpq quotes the piece of the address that it cannot read, password or not.
        raise unreadable() from None


def engine(settings: DatabaseSettings) -> "Engine":
    """A SQLAlchemy engine whose connections are the owner's. Dispose of it after use."""
    from sqlalchemy import create_engine  # noqa: PLC0415 - see above

    return create_engine(
        "postgresql+psycopg://", creator=lambda: connect_as_owner(settings), pool_pre_ping=True
    )


def options(url: str) -> dict[str, Any]:
    """Options of every connection to this address: UTC, and an end to waiting for the server."""
    given = conninfo_to_dict(url)
    return {
        "options": f"{given.get('options') or ''} -c timezone=UTC".strip(),
        "connect_timeout": given.get("connect_timeout") or CONNECT_SECONDS,
    }


def pooled_options(url: str) -> dict[str, Any]:
    """Options of a connection to a pooler: nothing that it would have to keep in a session."""
    given = conninfo_to_dict(url)
    return {
        "connect_timeout": given.get("connect_timeout") or CONNECT_SECONDS,
        "prepare_threshold": None,
    }


def _read(address: str) -> "URL":
    from sqlalchemy import make_url  # noqa: PLC0415 - see above

    return make_url(address)


def _require_readable(address: str, variable: str) -> None:
    """Refuse an address that libpq cannot read, or would read otherwise than it is meant."""
    scheme, _, rest = address.partition("://")
    try:
        said = conninfo_to_dict(f"postgresql://{rest}")
    except psycopg.ProgrammingError:
        raise unreadable(variable) from None
    is_postgres = scheme.partition("+")[0] in {"postgresql", "postgres"}
    # An unescaped @ in the password would make the rest of it part of the host's name.
    strays = "@" in str(said.get("host", "")) or not str(said.get("port", "0")).isdigit()
    if not is_postgres or strays or not said.get("dbname"):
        raise unreadable(variable)


def _where(url: "URL") -> str:
    host = url.host or url.query.get("host") or "the local socket"
    port = f":{url.port}" if url.port else ""
    return f"database {url.database!r} at {host}{port}"


def _unreachable(url: "URL", error: psycopg.OperationalError) -> DatabaseUnavailable:
    login = VARIABLES.get(url.username or "")
    made = "`rosterline migrate` makes this user; " if login else ""
    return DatabaseUnavailable(
        f"PostgreSQL cannot be reached: {_where(url)}, as user {url.username!r}. It says: "
        f"{_reason(url, error)}. "
        f"Check that it runs and that {login or OWNER} is right, and {DIRECT} if it is set; {made}"
        "for the embedded one, `rosterline doctor` looks further."
    )


def _reason(url: "URL", error: psycopg.OperationalError) -> str:
    """What server or client said, such as a wrong password or TLS that is missing; no secret."""
    said = " ".join(str(error).split()).rstrip(".?")
    secrets = [url.password, *(url.query.get(name) for name in ("password", "sslpassword"))]
    for secret in secrets:
        if secret:
            said = said.replace(str(secret), "…")
    return said[:LONGEST_REASON]


def unreadable(variable: str = OWNER) -> DatabaseUnavailable:
    """The error about an address that cannot be read; it does not quote the address."""
    return DatabaseUnavailable(
        f"{variable} cannot be read. It has the form "
        "postgresql://user:password@host:port/database; write special characters "
        "of the password as %XX, @ as %40."
    )
