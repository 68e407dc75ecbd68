"""Alembic's entry: runs migrations on the connection it is given, or on one of the settings'.

`registry.migrations.migrate` gives a connection; the `alembic` command, for writing a new
revision, does not.
"""

from alembic import context
from sqlalchemy import Connection

from registry.database.connections import engine
from registry.migrations import is_declared
from registry.settings import Settings
from registry.tables.all_tables import metadata


def run_migrations(connection: Connection) -> None:
    """Run on this connection, inside its transaction when there is one."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        include_name=is_declared,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run_migrations(given)
else:
    with engine(Settings()).connect() as own:
        run_migrations(own)
