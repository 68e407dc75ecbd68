"""Revision 0011 over a registry that was filled before it: issues get their columns' slots."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from alembic import command

from registry.accounts.accounts import add_account
from registry.database.connections import connect_as_owner, dagster_url, engine
from registry.landing.layouts import kept_layout
from registry.ledger.night_report import read_night
from registry.migrations import alembic_config, migrate
from registry.settings import Settings
from schemas.catalogue import get_format
from tests.logins import addresses

OF_COLUMNS = [
    # (format, column's name as a file spells it, slot)
    ("thoroughcare", "Patient Birthday *", "birth_date"),
    ("thoroughcare", "  patient_BIRTHDAY", "birth_date"),
    ("thoroughcare", "dob", "birth_date"),
    ("thoroughcare", "Zip", "zip"),
    ("thoroughcare", "Maria Lopez 1961-05-27", None),
    ("thoroughcare", "column 7", None),
    ("thoroughcare", None, None),
    ("metriport", "First Name", "first_name"),
    ("metriport", "dob", "birth_date"),
    ("metriport", "address", "address"),
    ("metriport", "Patient Birthday *", None),
    ("ptdirect", "Last name", "last_name"),
]


@pytest.fixture
def behind(settings: Settings) -> Iterator[Settings]:
    """A registry at revision 0010, in a database of its own."""
    name = f"{settings.dagster_database}_slots"
    own = settings.model_copy(update={"dagster_database": name, "runs_database_url": None})
    address = dagster_url(own).replace("+psycopg2", "")
    fresh = settings.model_copy(update=addresses(address))
    database = engine(fresh)
    with database.begin() as begun:
        command.upgrade(alembic_config(begun), "0010")
    database.dispose()
    yield fresh
    with connect_as_owner(settings) as connection:
        connection.autocommit = True
        connection.execute(f"drop database {name} with (force)")


def fill(connection) -> None:
    """An import of each format with its issues, as code before 0011 wrote them."""
    imports = {}
    for format_name in {name for name, _, _ in OF_COLUMNS}:
        account = add_account(connection, format_name, format_name)
        imports[format_name] = uuid4()
        connection.execute(
            "INSERT INTO import (id, account_id, format, source, file_name, sha256, byte_count,"
            " received_at, partition_key, state)"
            " VALUES (%s, %s, %s, 'cli', 'x', 'x', 1, now(), %s, 'completed')",
            (imports[format_name], account.id, format_name, format_name),
        )
        connection.execute(
            "INSERT INTO attempt (import_id, number, state, finished_at, records)"
            " VALUES (%s, 1, 'finished', now(), 10)",
            (imports[format_name],),
        )
    for line, (format_name, column, _) in enumerate(OF_COLUMNS, 1):
        for ordinal in range(2):
            connection.execute(
                "INSERT INTO row_issue (import_id, attempt, line, ordinal, code, severity,"
                " column_name, message) VALUES (%s, 1, %s, %s, 'a_code', 'error', %s, 'x')",
                (imports[format_name], line, ordinal, column),
            )
    connection.commit()


def test_every_issue_gets_the_slot_that_its_columns_name_has_in_the_format(behind):
    with connect_as_owner(behind) as connection:
        fill(connection)
    migrate(behind)
    with connect_as_owner(behind) as connection:
        found = connection.execute(
            "SELECT import.format, row_issue.column_name, row_issue.slot"
            " FROM row_issue JOIN import ON import.id = row_issue.import_id ORDER BY line, ordinal"
        ).fetchall()
    assert found == [each for each in OF_COLUMNS for _ in range(2)]


def test_a_night_before_it_reads_as_it_did(behind):
    with connect_as_owner(behind) as connection:
        fill(connection)
    migrate(behind)
    with connect_as_owner(behind) as connection:
        rules = {(each.account, each.column): each.rows for each in read_night(connection).rules}
    assert rules == {
        ("thoroughcare", "Patient Birthday"): 3,
        ("thoroughcare", get_format("thoroughcare").column("zip").label): 1,
        ("thoroughcare", "another column"): 2,
        ("thoroughcare", None): 1,
        ("metriport", get_format("metriport").column("first_name").label): 1,
        ("metriport", get_format("metriport").column("birth_date").label): 1,
        ("metriport", "address"): 1,
        ("metriport", "another column"): 1,
        ("ptdirect", get_format("ptdirect").column("last_name").label): 1,
    }


def test_attempts_before_it_have_no_layout(behind):
    with connect_as_owner(behind) as connection:
        fill(connection)
    migrate(behind)
    with connect_as_owner(behind) as connection:
        for import_id, name in connection.execute("SELECT id, format FROM import").fetchall():
            assert kept_layout(connection, import_id, 1, get_format(name)) is None


def test_an_empty_registry_is_brought_up_to_date_and_back(behind):
    migrate(behind)
    database = engine(behind)
    with database.begin() as begun:
        command.downgrade(alembic_config(begun), "0010")
        command.upgrade(alembic_config(begun), "head")
    database.dispose()


def test_the_marts_table_of_columns_is_dropped_since_its_columns_changed(behind):
    with connect_as_owner(behind) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS marts_staging")
        connection.execute("CREATE TABLE marts_staging.known_columns (folded text)")
        connection.commit()
    migrate(behind)
    with connect_as_owner(behind) as connection:
        found = connection.execute("SELECT to_regclass('marts_staging.known_columns')").fetchone()
    assert found == (None,)
