"""Settings, the registry and the name of the user, for commands."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import Connection
from pydantic import ValidationError

from registry.database.connections import connect
from registry.settings import ENV_PREFIX, Settings
from schemas.errors import DatabaseUnavailable, NotAllowed


def read_settings() -> Settings:
    """The settings from the environment of this process.

    Raises:
        NotAllowed: a variable has an invalid value; the message names it.
    """
    try:
        return Settings()
    except ValidationError as error:
        faults = (
            f"{ENV_PREFIX}{str(fault['loc'][0]).upper()}: {fault['msg']}"
            for fault in error.errors(include_input=False)
        )
        raise NotAllowed("; ".join(faults)) from None


@contextmanager
def registry(settings: Settings) -> Iterator[Connection]:
    """A connection to the registry, committed at the end. The first use creates the tables.

    Raises:
        DatabaseUnavailable: PostgreSQL cannot be reached, or its tables are not those of this
            version.
    """
    with connect(settings) as connection:
        if not _has_tables(connection):
            # Alembic takes longer to load than most commands take.
            from registry.migrations import migrate  # noqa: PLC0415

            migrate(settings)
        try:
            yield connection
        except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn) as error:
            raise DatabaseUnavailable(
                "the registry's tables are those of another version; `rosterline up` brings them "
                "up to date"
            ) from error


def _has_tables(connection: Connection) -> bool:
    # Alembic knows exactly, but takes long to load; see above.
    found = connection.execute("SELECT to_regclass('import') IS NOT NULL").fetchone()
    connection.commit()
    return found is not None and bool(found[0])


def command_user() -> str:
    """The user of the operating system, as decisions record who made them."""
    try:
        return f"{getpass.getuser()} (command)"
    except (KeyError, OSError):  # some containers give their user no name
        return "command"
