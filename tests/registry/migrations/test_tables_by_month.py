"""Revision 0030 in a registry that an older version filled: prepared beside writers, or at once."""

import pytest
from alembic import command

from registry.database.connections import connect_as_owner, engine
from registry.database.month_partitions import PARTITIONED, list_partitions
from registry.migrations import alembic_config, migrate, prepare
from tests.registry.migrations.conftest import database_of_its_own

BEFORE = "0028"
CHECKS = "SELECT count(*) FROM pg_constraint WHERE conname LIKE 'ck_%_before'"
IMPLIED = 'partition constraint for table "{}" is implied by existing constraints'


@pytest.fixture
def before(migrated, old_template):
    """The registry of revision 0010, brought to the revision before this one."""
    with database_of_its_own(migrated, f"{migrated.dagster_database}_0025", old_template) as own:
        database = engine(own)
        with database.begin() as connection:
            command.upgrade(alembic_config(connection), BEFORE)
        database.dispose()
        yield own


def rows(own):
    with connect_as_owner(own) as connection:
        return {
            table: sorted(row for (row,) in connection.execute(f"SELECT t::text FROM {table} t"))
            for table in PARTITIONED
        }


def test_it_is_prepared_while_others_write_and_then_reads_no_row_again(before):
    kept = rows(before)
    assert sum(map(len, kept.values())) > 0
    with connect_as_owner(before) as writer:
        # What a service of the old version has open meanwhile.
        writer.execute("SELECT FROM import FOR UPDATE")
        assert prepare(before)
        assert prepare(before)
    with connect_as_owner(before) as connection:
        assert connection.execute(CHECKS + " AND convalidated").fetchone() == (len(PARTITIONED),)
    said = []
    database = engine(before)
    with database.begin() as connection:
        own = connection.connection.driver_connection
        own.add_notice_handler(lambda notice: said.append(notice.message_primary))
        own.execute("SET client_min_messages = debug1")
        command.upgrade(alembic_config(connection), "head")
    database.dispose()
    with connect_as_owner(before) as connection:
        for table in PARTITIONED:
            lowest, _ = list_partitions(connection, (table,))
            assert IMPLIED.format(lowest.name) in said
        assert connection.execute(CHECKS).fetchone() == (0,)
    assert rows(before) == kept
    assert not prepare(before)


def test_it_needs_no_preparation(before):
    kept = rows(before)
    migrate(before)
    assert rows(before) == kept


def test_it_goes_back_with_all_rows(before):
    kept = rows(before)
    migrate(before)
    database = engine(before)
    with database.begin() as connection:
        command.downgrade(alembic_config(connection), BEFORE)
    database.dispose()
    assert rows(before) == kept
    migrate(before)
    assert rows(before) == kept
