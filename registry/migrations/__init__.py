"""Bringing the registry's tables up to date, with Alembic, and the objects that live on them."""

from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from registry.database.connections import connect_as_owner, engine
from registry.database.logins import make_logins
from registry.database.month_partitions import is_month_partition
from registry.database.revision import known_revisions, newer_tables, present_revision
from registry.marts.schemas import DROP_VIEWS, HAND_OVER
from registry.migrations import live_objects, months
from registry.migrations.roles import MAKE_ROLES, let_logins_in
from registry.settings.database import DatabaseSettings
from schemas.errors import DatabaseUnavailable

__all__ = ["MAKE_ROLES", "alembic_config", "migrate"]


def migrate(settings: DatabaseSettings, *, restored: bool = False) -> None:
    """Bring tables and live objects up to date. Safe to run again and from many places at once.

    With `restored`, the live objects are made anew, because a dump is restored without the owners
    of its tables, and an owner's rights are not in it.

    All steps are one transaction: either everything is as this version wants it, or as it was.
    `prepare` comes before it. Where nothing changed, it is four short queries. Then the logins are
    let in that have an address of their own.

    Raises:
        DatabaseUnavailable: PostgreSQL cannot be reached, its user lacks a right, or the tables are
            those of a newer version.
    """
    prepare(settings)
    database = engine(settings)
    try:
        with database.begin() as connection:
            # Whoever comes second waits here, and then finds nothing left to do.
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('rosterline migrate'))"))
            _bring_up_to_date(connection, restored=restored)
            if settings.is_embedded or settings.runs_database_url:
                _psycopg_connection(connection).execute(HAND_OVER)
    except ProgrammingError as error:
        if not isinstance(error.orig, InsufficientPrivilege):
            raise
        raise _lacks_a_right() from error
    except InsufficientPrivilege as error:
        raise _lacks_a_right() from error
    finally:
        database.dispose()
    let_logins_in(settings)


def prepare(settings: DatabaseSettings) -> bool:
    """Do what takes long in a large registry and needs nobody to stop; safe to run again.

    Returns:
        Whether there was anything to do.

    Raises:
        DatabaseUnavailable: PostgreSQL cannot be reached, or its user lacks a right.
    """
    with connect_as_owner(settings) as connection:
        present = present_revision(connection)
        connection.autocommit = True
        if present is None or not months.FIRST <= present < months.REVISION:
            return False
        connection.execute("SELECT pg_advisory_lock(hashtext('rosterline prepare'))")
        try:
            # Another process may have migrated meanwhile.
            return months.prepare(connection, present_revision(connection))
        except InsufficientPrivilege as error:
            raise _lacks_a_right() from error


def is_declared(name: str | None, kind: str, parents: object) -> bool:
    """Whether Alembic compares an object with the declarations; partitions are not declared."""
    del parents
    return not (kind == "table" and name and is_month_partition(name))


def _bring_up_to_date(connection: Connection, *, restored: bool) -> None:
    config = alembic_config(connection)
    own = _psycopg_connection(connection)
    present = MigrationContext.configure(connection).get_current_revision()
    if present is not None and present not in known_revisions():
        raise DatabaseUnavailable(newer_tables(present))
    is_behind = _is_behind(connection, config)
    if is_behind:
        make_logins(own)
        own.execute(DROP_VIEWS)
        command.upgrade(config, "head")
    # Also after a migration that changed none of them: it may have dropped what stood in its way.
    if is_behind or restored or not live_objects.are_current(own):
        live_objects.apply(own)


def _psycopg_connection(connection: Connection) -> psycopg.Connection:
    """The connection below SQLAlchemy's, in the same transaction."""
    own = connection.connection.driver_connection
    if not isinstance(own, psycopg.Connection):
        raise TypeError(f"not a connection of psycopg: {type(own)}")
    return own


def _lacks_a_right() -> DatabaseUnavailable:
    return DatabaseUnavailable(
        "The user of ROSTERLINE_DATABASE_URL may not bring the tables up to date. It must own "
        "the database, and may need roles that an administrator makes first: "
        f"{MAKE_ROLES}"
    )


def _is_behind(connection: Connection, config: Config) -> bool:
    current = MigrationContext.configure(connection).get_current_heads()
    return set(current) != set(ScriptDirectory.from_config(config).get_heads())


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration, bound to a connection; `env.py` beside this file reads it."""
    config = Config(attributes={"connection": connection})
    # A percent sign in the path would be taken for an interpolation.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config
