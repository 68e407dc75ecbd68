"""Bringing the registry's tables up to date, with Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from registry.database import engine
from registry.settings import Settings
from registry.walls import ROLE
from schemas.errors import DatabaseUnavailable


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
            command.upgrade(alembic_config(connection), "head")
    except ProgrammingError as error:
        if not isinstance(error.orig, InsufficientPrivilege):
            raise
        raise DatabaseUnavailable(
            "The user of ROSTERLINE_DATABASE_URL may not bring the tables up to date. It must own "
            "the database, and may need a role that an administrator makes first: "
            f"CREATE ROLE {ROLE} NOLOGIN; GRANT {ROLE} TO <user>;"
        ) from error
    finally:
        database.dispose()


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration, bound to a connection; `env.py` beside this file reads it."""
    config = Config(attributes={"connection": connection})
    # A percent sign in the path would be taken for an interpolation.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config
