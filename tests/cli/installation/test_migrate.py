"""Which commands change the tables, and which refuse those of another version."""

import json

import pytest

from registry.database.connections import connect_as_owner
from registry.database.revision import needed_revision, present_revision


@pytest.fixture
def at(home):
    def put(revision):
        with connect_as_owner(home) as connection:
            connection.execute("UPDATE alembic_version SET version_num = %s", (revision,))

    yield put
    put(needed_revision())


def commands(path):
    return [
        ("status",),
        ("night",),
        ("import", str(path), "--account", "clinic"),
        ("process-pending",),
        ("demo",),
        ("marts", "build"),
        ("prune",),
        ("backfill", "0123456789"),
    ]


@pytest.mark.parametrize("place", range(8))
def test_no_other_command_changes_tables_of_an_older_version(rosterline, home, at, tmp_path, place):
    path = tmp_path / "a.csv"
    path.write_text("a")
    at("0014")
    ran = rosterline(*commands(path)[place], "--json")
    assert ran.exit_code == 1
    said = json.loads(ran.stderr.splitlines()[-1])
    assert said["error"] == "database_unavailable"
    assert "`rosterline migrate`" in said["message"]
    with connect_as_owner(home) as connection:
        assert present_revision(connection) == "0014"


def test_migrate_says_that_nothing_was_to_be_done(rosterline):
    ran = rosterline("migrate")
    assert ran.exit_code == 0
    assert "nothing was to be done" in ran.stdout


def test_migrate_with_code_older_than_the_tables_is_refused(rosterline, at):
    at("0999")
    ran = rosterline("migrate")
    assert ran.exit_code == 1
    assert "those of a newer version" in " ".join(ran.stderr.split())
