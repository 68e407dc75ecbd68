"""Bringing the registry's tables up to date, with Alembic."""

from pathlib import Path

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
from registry.settings import Settings
from schemas.errors import DatabaseUnavailable

MAKE_ROLES = " ".join(
    [
        f"CREATE ROLE {ROLE} NOLOGIN; GRANT {ROLE} TO <user>;",
        *(f"CREATE ROLE {role} NOLOGIN;" for role in ROLES),
    ]
)
"""What an administrator runs for a user who may not create roles."""


def migrate(settings: Settings) -> None:
    """Bring the registry's tables up to date. Safe to run again and from many places at once.

    All steps are one transaction: either the newest tables are there, or the old ones.

    Raises:
        DatabaseUnavailable: PostgreSQL cannot be reached, or its user lacks a right.
    """
    database = engine(settings)
    try:
        with database.begin() as connection:
            # Whoever comes second waits here, and then finds nothing left to do.
            connection.execute(text("select pg_advisory_xact_lock(hashtext('rosterline migrate'))"))
            config = alembic_config(connection)
            if _is_behind(connection, config):
                connection.execute(text(DROP_VIEWS))
                command.upgrade(config, "head")
    except ProgrammingError as error:
        if not isinstance(error.orig, InsufficientPrivilege):
            raise
        raise DatabaseUnavailable(
            "The user of ROSTERLINE_DATABASE_URL may not bring the tables up to date. It must own "
            "the database, and may need roles that an administrator makes first: "
            f"{MAKE_ROLES}"
        ) from error
    finally:
        database.dispose()


def _is_behind(connection: Connection, config: Config) -> bool:
    current = MigrationContext.configure(connection).get_current_heads()
    return set(current) != set(ScriptDirectory.from_config(config).get_heads())


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration, bound to a connection; `env.py` beside this file reads it."""
    config = Config(attributes={"connection": connection})
    # A percent sign in the path would be taken for an interpolation.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config
