"""Addresses of PostgreSQL, and connections to it.

Whether the server is embedded or external makes no difference outside of this module.
"""

from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from registry.database.embedded_server import ensure_database, start_embedded, stop_embedded
from registry.settings.database import DatabaseSettings
from schemas.errors import DatabaseUnavailable

if TYPE_CHECKING:  # SQLAlchemy is loaded where it is used: it takes longer than most queries
    from sqlalchemy import URL, Engine

__all__ = [
    "connect",
    "dagster_url",
    "database_url",
    "engine",
    "plain_url",
    "start_embedded",
    "stop_embedded",
]

CONNECT_SECONDS = 10


def database_url(settings: DatabaseSettings) -> str:
    """Address of the registry's database, as libpq and psycopg read it.

    Starts the embedded server when there is no external one and it does not run.

    Raises:
        DatabaseUnavailable: the embedded server does not start, or the address makes no sense.
    """
    if settings.database_url is None:
        return start_embedded(settings)
    _require_readable(settings.database_url)
    return plain_url(settings.database_url)


def plain_url(url: str) -> str:
    """An address as libpq reads it, without the name of a driver."""
    # Only the scheme is changed: SQLAlchemy would write spaces in a way that libpq cannot read.
    return f"postgresql://{url.partition('://')[2]}"


def dagster_url(settings: DatabaseSettings) -> str:
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


def connect(settings: DatabaseSettings) -> psycopg.Connection:
    """A new connection to the registry: transactions by hand, time zone UTC.

    Raises:
        DatabaseUnavailable: PostgreSQL cannot be reached.
    """
    url = database_url(settings)
    try:
        return psycopg.connect(url, autocommit=False, **options(url))
    except psycopg.OperationalError as error:
        raise _unreachable(_read(url)) from error
    except psycopg.ProgrammingError:
        # libpq quotes the piece of the address that it cannot read, password or not.
        raise unreadable() from None


def engine(settings: DatabaseSettings) -> "Engine":
    """A SQLAlchemy engine whose connections are made by `connect`. Dispose of it after use."""
    from sqlalchemy import create_engine  # noqa: PLC0415 - see above

    return create_engine(
        "postgresql+psycopg://", creator=lambda: connect(settings), pool_pre_ping=True
    )


def options(url: str) -> dict[str, Any]:
    """Options of every connection to this address: UTC, and an end to waiting for the server."""
    given = conninfo_to_dict(url)
    return {
        "options": f"{given.get('options') or ''} -c timezone=UTC".strip(),
        "connect_timeout": given.get("connect_timeout") or CONNECT_SECONDS,
    }


def _read(address: str) -> "URL":
    from sqlalchemy import make_url  # noqa: PLC0415 - see above

    return make_url(address)


def _require_readable(address: str) -> None:
    """Refuse an address that libpq cannot read, or would read otherwise than it is meant."""
    scheme, _, rest = address.partition("://")
    try:
        said = conninfo_to_dict(f"postgresql://{rest}")
    except psycopg.ProgrammingError:
        raise unreadable() from None
    is_postgres = scheme.partition("+")[0] in {"postgresql", "postgres"}
    # An unescaped @ in the password would make the rest of it part of the host's name.
    strays = "@" in str(said.get("host", "")) or not str(said.get("port", "0")).isdigit()
    if not is_postgres or strays or not said.get("dbname"):
        raise unreadable()


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


def unreadable() -> DatabaseUnavailable:
    """The error about an address that cannot be read; it does not quote the address."""
    return DatabaseUnavailable(
        "ROSTERLINE_DATABASE_URL cannot be read. It has the form "
        "postgresql://user:password@host:port/database; write special characters "
        "of the password as %XX, @ as %40."
    )
