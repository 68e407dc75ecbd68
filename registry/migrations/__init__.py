"""Bringing the registry's tables up to date, with Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from registry.database import engine
from registry.settings import Settings


def migrate(settings: Settings) -> None:
    """Bring the registry's tables up to date. Safe to run again and from many places at once.

    All steps are one transaction: either the newest tables are there, or the old ones.

    Raises:
        DatabaseUnavailable: PostgreSQL cannot be reached.
    """
    database = engine(settings)
    try:
        with database.begin() as connection:
            # Whoever comes second waits here, and then finds nothing left to do.
            connection.execute(text("select pg_advisory_xact_lock(hashtext('rosterline migrate'))"))
            command.upgrade(alembic_config(connection), "head")
    finally:
        database.dispose()


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration, bound to a connection; `env.py` beside this file reads it."""
    config = Config(attributes={"connection": connection})
    # A percent sign in the path would be taken for an interpolation.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config
