"""The way to PostgreSQL: addresses and connections.

Embedded or external makes no difference past this module.
"""

import select
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import ConnectionPool

from registry.embedded import ensure_database, start_embedded, stop_embedded
from registry.settings import Settings
from schemas.errors import DatabaseUnavailable

if TYPE_CHECKING:  # SQLAlchemy is loaded where it is used: it takes longer than most queries
    from sqlalchemy import URL, Engine

__all__ = [
    "connect",
    "connection_pool",
    "dagster_url",
    "database_url",
    "engine",
    "start_embedded",
    "stop_embedded",
]

CONNECT_SECONDS = 10


def database_url(settings: Settings) -> str:
    """Address of the registry's database, as libpq and psycopg read it.

    Starts the embedded server when there is no external one and it does not run.

    Raises:
        DatabaseUnavailable: the embedded server does not start, or the address makes no sense.
    """
    if settings.database_url is None:
        return start_embedded(settings)
    _parsed(settings.database_url)
    # Only the scheme is changed: SQLAlchemy would write spaces in a way that libpq cannot read.
    return f"postgresql://{settings.database_url.partition('://')[2]}"


def dagster_url(settings: Settings) -> str:
    """Address of Dagster's own database, which is created when missing.

    It names psycopg2: Dagster's storage passes on notifications in a way psycopg 3 refuses.

    Raises:
        DatabaseUnavailable: PostgreSQL cannot be reached, or may not create the database.
    """
    address = database_url(settings)
    url = _read(address)
    try:
        ensure_database(address, settings.dagster_database)
    except psycopg.OperationalError as error:
        raise _unreachable(url) from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise DatabaseUnavailable(
            f"The user of {_where(url)} may not create the database "
            f"{settings.dagster_database!r}, which Dagster keeps its runs in. Create it and "
            "make that user its owner, or allow the user to create databases."
        ) from error
    own = url.set(drivername="postgresql+psycopg2", database=settings.dagster_database)
    return own.render_as_string(hide_password=False)


def connect(settings: Settings) -> psycopg.Connection:
    """A new connection to the registry: transactions by hand, time zone UTC.

    Raises:
        DatabaseUnavailable: PostgreSQL cannot be reached.
    """
    url = database_url(settings)
    try:
        return psycopg.connect(url, autocommit=False, **_options(url))
    except psycopg.OperationalError as error:
        raise _unreachable(_read(url)) from error
    except psycopg.ProgrammingError:
        # libpq quotes the piece of the address that it cannot read, password or not.
        raise _unreadable() from None


def connection_pool(settings: Settings, size: int) -> ConnectionPool:
    """A pool of at most `size` connections in autocommit, to be opened and closed by the caller.

    Raises:
        DatabaseUnavailable: the embedded server does not start, or the address makes no sense.
    """
    url = database_url(settings)
    try:
        options = _options(url)
    except psycopg.ProgrammingError:
        raise _unreadable() from None
    return ConnectionPool(
        url,
        kwargs={"autocommit": True, **options},
        min_size=1,
        max_size=size,
        timeout=CONNECT_SECONDS,
        open=False,
        # Else each connection of before a restart of the server would fail one request.
        check=_require_open,
    )


def _require_open(connection: psycopg.Connection) -> None:
    """Ask the server only where it has something to say, which it has where it closed.

    Asking always would be one way there and back more for each request, of about six.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        ConnectionPool.check_connection(connection)


def engine(settings: Settings) -> "Engine":
    """A SQLAlchemy engine whose connections are made by `connect`. Dispose of it after use."""
    from sqlalchemy import create_engine  # noqa: PLC0415 - see above

    return create_engine(
        "postgresql+psycopg://", creator=lambda: connect(settings), pool_pre_ping=True
    )


def _options(url: str) -> dict[str, Any]:
    given = conninfo_to_dict(url)
    return {
        "options": f"{given.get('options') or ''} -c timezone=UTC".strip(),
        "connect_timeout": given.get("connect_timeout") or CONNECT_SECONDS,
    }


def _read(address: str) -> "URL":
    from sqlalchemy import make_url  # noqa: PLC0415 - see above

    return make_url(address)


def _parsed(address: str) -> "URL":
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415 - see above

    try:
        url = _read(address)
    except (ArgumentError, ValueError):
        raise _unreadable() from None
    is_postgres = url.get_backend_name() in {"postgresql", "postgres"}
    # An unescaped @ in the password would make the rest of it part of the host's name.
    if not is_postgres or "@" in (url.host or "") or not url.database:
        raise _unreadable()
    return url


def _where(url: "URL") -> str:
    host = url.host or url.query.get("host") or "the local socket"
    port = f":{url.port}" if url.port else ""
    return f"database {url.database!r} at {host}{port}"


def _unreachable(url: "URL") -> DatabaseUnavailable:
    return DatabaseUnavailable(
        f"PostgreSQL cannot be reached: {_where(url)}, as user {url.username!r}. "
        "Check that it runs and that ROSTERLINE_DATABASE_URL is right; "
        "for the embedded one, `rosterline doctor` looks further."
    )


def _unreadable() -> DatabaseUnavailable:
    return DatabaseUnavailable(
        "ROSTERLINE_DATABASE_URL cannot be read. It has the form "
        "postgresql://user:password@host:port/database; write special characters "
        "of the password as %XX, @ as %40."
    )
