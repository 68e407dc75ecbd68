"""The settings and the registry that a command works with."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import Connection
from pydantic import ValidationError

from registry.database.connections import connect
from registry.settings import ENV_PREFIX, Settings
from schemas.errors import DatabaseUnavailable, NotAllowed


def read_settings() -> Settings:
    """The settings of this process's environment.

    Raises:
        NotAllowed: a variable cannot be read; the message names it.
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
    """A connection to the registry, committed at the end; the first use makes the tables.

    Raises:
        DatabaseUnavailable: PostgreSQL cannot be reached, or its tables are not those of this
            version.
    """
    with connect(settings) as connection:
        if not _has_tables(connection):
            # Alembic takes longer to load than most commands run.
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
    # Alembic would tell exactly, but see above.
    found = connection.execute("SELECT to_regclass('import') IS NOT NULL").fetchone()
    connection.commit()
    return found is not None and bool(found[0])
