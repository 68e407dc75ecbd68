"""Bringing the tables up to date: by many at once, again, and to what the code declares."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect

from registry.accounts.accounts import add_account
from registry.database.connections import (
    connect_as_gateway,
    connect_as_owner,
    connect_as_runs,
    dagster_url,
    engine,
)
from registry.database.revision import require_current_tables
from registry.migrations import alembic_config, is_declared, migrate
from registry.tables.all_tables import metadata
from schemas.errors import DatabaseUnavailable
from schemas.name_folding import name_key
from tests.logins import addresses
from tests.registry.migrations.conftest import database_of_its_own

pytestmark = pytest.mark.external_postgres


def test_the_tables_are_those_that_the_code_declares(migrated):
    database = engine(migrated)
    there = set(inspect(database).get_table_names())
    database.dispose()
    assert {table.name for table in metadata.tables.values() if table.schema is None} <= there


def test_migrating_again_and_by_many_at_once_changes_nothing(migrated):
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(migrate, [migrated] * 6))
    with connect_as_owner(migrated) as connection:
        assert connection.execute("select count(*) from alembic_version").fetchone() == (1,)


def test_many_at_once_make_a_new_registry_together(settings):
    name = f"{settings.dagster_database}_migrate"
    own = settings.model_copy(update={"dagster_database": name, "runs_database_url": None})
    address = dagster_url(own).replace("+psycopg2", "")
    fresh = settings.model_copy(update=addresses(address))
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(migrate, [fresh] * 6))
    with connect_as_owner(fresh) as connection:
        assert connection.execute("select count(*) from alembic_version").fetchone() == (1,)
    with connect_as_owner(settings) as connection:
        connection.autocommit = True
        connection.execute(f"drop database {name} with (force)")


def test_gateway_and_runs_are_told_of_a_registry_of_before_their_logins(migrated, old_template):
    name = f"{migrated.dagster_database}_before_logins"
    with database_of_its_own(migrated, name, old_template) as old:
        for connects in (connect_as_gateway, connect_as_runs):
            with (
                connects(old) as connection,
                pytest.raises(DatabaseUnavailable, match="those of an older version"),
            ):
                require_current_tables(connection)
        migrate(old)
        for connects in (connect_as_gateway, connect_as_runs):
            with connects(old) as connection:
                require_current_tables(connection)


def test_names_with_a_last_sigma_are_found_by_their_new_key(database, connection):
    account = add_account(connection, "clinic", "thoroughcare")
    connection.execute(
        "INSERT INTO patient"
        " (id, account_id, name_key, first_name, last_name, birth_year, gender)"
        " VALUES (%s, %s, 0, 'Γιώργος', 'Παππάς', 1961, 'M'),"
        " (%s, %s, 0, 'ΖΩΗ', 'ΠΑΠΠΑΣ', 1963, 'F'),"
        " (%s, %s, 0, 'Ada', 'Ono', 1970, 'F')",
        [uuid4(), account.id, uuid4(), account.id, uuid4(), account.id],
    )
    connection.commit()
    behind = engine(database)
    with behind.begin() as begun:
        config = alembic_config(begun)
        for step, revision in (
            (command.stamp, "0009"), (command.upgrade, "0010"), (command.stamp, "head")
        ):  # fmt: skip
            step(config, revision)
    behind.dispose()
    keys = dict(connection.execute("SELECT last_name, name_key FROM patient").fetchall())
    assert keys == {
        "Παππάς": name_key("ΓΙΩΡΓΟΣ", "ΠΑΠΠΑΣ", 1961, "M"),
        "ΠΑΠΠΑΣ": name_key("Ζωή", "Παππας", 1963, "F"),
        "Ono": 0,
    }


def test_the_tables_are_those_of_the_declarations(connection):
    info = connection.info  # its dsn has no password
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(info.dsn, password=info.password)
    )
    with engine.connect() as own:
        configured = MigrationContext.configure(own, opts={"include_name": is_declared})
        found = compare_metadata(configured, metadata)
    engine.dispose()
    # Comments follow the words of the declarations and need no revision.
    comments = {"modify_comment", "add_table_comment"}
    changes = [each for group in found for each in (group if isinstance(group, list) else [group])]
    assert [each for each in changes if each[0] not in comments] == []
