"""Tables of another version: what is said, and that nothing is done to them."""

import pytest
from alembic.script import ScriptDirectory

from registry.database.connections import connect_as_owner, engine
from registry.database.revision import (
    known_revisions,
    needed_revision,
    present_revision,
    require_current,
)
from registry.migrations import alembic_config, migrate
from schemas.errors import DatabaseUnavailable


@pytest.fixture
def at(migrated):
    """Puts the tables at another revision, as far as they say."""

    def put(revision):
        with connect_as_owner(migrated) as connection:
            connection.execute("UPDATE alembic_version SET version_num = %s", (revision,))

    yield put
    put(needed_revision())


def test_the_needed_revision_is_alembics_head(migrated):
    database = engine(migrated)
    with database.connect() as connection:
        script = ScriptDirectory.from_config(alembic_config(connection))
        assert [needed_revision()] == script.get_heads()
        assert known_revisions() == {each.revision for each in script.walk_revisions()}
    database.dispose()


def test_tables_of_this_version_are_taken(connection):
    require_current(present_revision(connection))


def test_a_database_without_tables_has_no_revision(embedded):
    with connect_as_owner(embedded) as connection:
        assert present_revision(connection) is None


def test_older_tables_are_refused_with_the_command_that_brings_them_up_to_date():
    with pytest.raises(DatabaseUnavailable, match=r"revision 0002.*`rosterline migrate`"):
        require_current("0002")


@pytest.mark.parametrize("newer", ["0999", "f00ba4"])
def test_old_code_leaves_newer_tables_alone_and_says_so(migrated, connection, at, newer):
    at(newer)
    for refused in (lambda: require_current(newer), lambda: migrate(migrated)):
        with pytest.raises(DatabaseUnavailable, match=r"those of a newer version.*Nothing was"):
            refused()
    assert present_revision(connection) == newer
