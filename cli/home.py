"""Settings, the registry and the name of the user, for commands."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import Connection
from pydantic import ValidationError

from registry.database.connections import connect, connect_as_owner
from registry.database.revision import present_revision, require_current
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
    with _connected(settings) as connection:
        present = present_revision(connection)
        if present is None:
            # Alembic takes longer to load than most commands take.
            from registry.migrations import migrate  # noqa: PLC0415

            migrate(settings)
        else:
            require_current(present)
        yield connection


def _connected(settings: Settings) -> Connection:
    try:
        return connect(settings)
    except DatabaseUnavailable:
        if settings.database_url is None or settings.runs_database_url is None:
            raise
        with connect_as_owner(settings) as owner:
            is_empty = present_revision(owner) is None
        if not is_empty:
            raise
    # The login of commands is made with the tables.
    from registry.migrations import migrate  # noqa: PLC0415 - as above

    migrate(settings)
    return connect(settings)


def require_tables(settings: Settings) -> None:
    """Make the tables in an empty database; refuse those of another version.

    Raises:
        DatabaseUnavailable: PostgreSQL cannot be reached, or its tables are not those of this
            version.
    """
    with registry(settings):
        pass


def command_user() -> str:
    """The user of the operating system, as decisions record who made them."""
    try:
        return f"{getpass.getuser()} (command)"
    except (KeyError, OSError):  # some containers give their user no name
        return "command"
