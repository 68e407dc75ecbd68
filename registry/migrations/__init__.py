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

from registry.database.connections import engine
from registry.database.row_level_security import ROLE
from registry.marts import DROP_VIEWS, ROLES
from registry.migrations import live_objects
from registry.settings.database import DatabaseSettings
from schemas.errors import DatabaseUnavailable

MAKE_ROLES = " ".join(
    [
        f"CREATE ROLE {ROLE} NOLOGIN; GRANT {ROLE} TO <user>;",
        *(f"CREATE ROLE {role} NOLOGIN;" for role in ROLES),
    ]
)
"""What an administrator runs for a user who may not create roles."""


def migrate(settings: DatabaseSettings) -> None:
    """Bring tables and live objects up to date. Safe to run again and from many places at once.

    All steps are one transaction: either everything is as this version wants it, or as it was.
    Where nothing changed, it is three short queries.

    Raises:
        DatabaseUnavailable: PostgreSQL cannot be reached, or its user lacks a right.
    """
    database = engine(settings)
    try:
        with database.begin() as connection:
            # Whoever comes second waits here, and then finds nothing left to do.
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('rosterline migrate'))"))
            _bring_up_to_date(connection)
    except ProgrammingError as error:
        if not isinstance(error.orig, InsufficientPrivilege):
            raise
        raise _lacks_a_right() from error
    except InsufficientPrivilege as error:
        raise _lacks_a_right() from error
    finally:
        database.dispose()


def _bring_up_to_date(connection: Connection) -> None:
    config = alembic_config(connection)
    own = _psycopg_connection(connection)
    is_behind = _is_behind(connection, config)
    if is_behind:
        own.execute(DROP_VIEWS)
        command.upgrade(config, "head")
    # Also after a migration that changed none of them: it may have dropped what stood in its way.
    if is_behind or not live_objects.are_current(own):
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
