"""Views, triggers, policies and grants are what the files say, whatever was there before."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from registry.database.connections import connect_as_owner
from registry.database.row_level_security import ROLE
from registry.migrations import live_objects, migrate
from registry.tables.all_tables import metadata

CATALOGS = {
    "functions": "SELECT proname, prosrc, provolatile, prosecdef, proconfig FROM pg_proc"
    " WHERE pronamespace = 'public'::regnamespace",
    "triggers": "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid), tgenabled FROM pg_trigger"
    " WHERE NOT tgisinternal",
    "policies": "SELECT tablename, policyname, permissive, roles::text, cmd, qual, with_check"
    " FROM pg_policies",
    "views": "SELECT viewname, definition FROM pg_views WHERE schemaname = 'public'",
    "row-level security": "SELECT relname, relrowsecurity, reloptions FROM pg_class"
    " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')",
    "grants on tables": "SELECT table_name, grantee, privilege_type"
    " FROM information_schema.role_table_grants WHERE grantee LIKE 'rosterline_%'",
    "grants on columns": "SELECT table_name, column_name, grantee, privilege_type"
    " FROM information_schema.role_column_grants WHERE grantee LIKE 'rosterline_%'",
    "grants on schemas": "SELECT nspname, role.rolname, privilege_type"
    " FROM pg_namespace, aclexplode(nspacl) JOIN pg_roles AS role ON role.oid = grantee"
    " WHERE role.rolname LIKE 'rosterline_%'",
}
"""What lives on the tables, as PostgreSQL itself knows it."""

OF_NO_ACCOUNT = {"applied_objects", "notification"}
"""Tables that hold nothing of an account, or are for operators alone."""


def objects_of(connection):
    return {what: sorted(map(repr, connection.execute(query))) for what, query in CATALOGS.items()}


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A copy of the files, which a test may change, and from which `migrate` reads."""
    copy = tmp_path / "objects"
    copy.mkdir()
    for path in live_objects.OBJECTS.glob("*.sql"):
        (copy / path.name).write_text(path.read_text())
    monkeypatch.setattr(live_objects, "OBJECTS", copy)
    return copy


def test_an_old_registry_ends_with_the_objects_of_a_new_one(connection, upgraded):
    fresh = objects_of(connection)
    assert min(len(found) for found in fresh.values()) > 0
    with connect_as_owner(upgraded) as of_upgraded:
        assert objects_of(of_upgraded) == fresh


def test_whatever_was_changed_by_hand_is_as_the_files_say_when_they_are_applied(upgraded):
    with connect_as_owner(upgraded) as connection:
        before = objects_of(connection)
        connection.execute("DROP POLICY own_account ON patient")
        connection.execute(f"CREATE POLICY own_account ON alembic_version TO {ROLE} USING (true)")
        connection.execute(f"GRANT UPDATE (name) ON account TO {ROLE}")
        connection.execute(f"GRANT DELETE ON import TO {ROLE}")
        connection.execute(f"REVOKE SELECT ON patient FROM {ROLE}")
        connection.execute("ALTER TABLE cohort DISABLE ROW LEVEL SECURITY")
        connection.execute("DROP TRIGGER tell_webhook ON import")
        connection.execute("DROP VIEW undone_attempt")
        assert objects_of(connection) != before
        live_objects.apply(connection)
        assert objects_of(connection) == before


def test_a_changed_file_is_applied_by_the_next_migrate_without_a_revision(upgraded, files):
    grants = files / "4_gateway_grants.sql"
    grants.write_text(f"{grants.read_text()}GRANT DELETE ON cohort TO {ROLE};\n")
    may_delete = "SELECT has_table_privilege(%s, 'cohort', 'DELETE')"
    with connect_as_owner(upgraded) as connection:
        assert connection.execute(may_delete, [ROLE]).fetchone() == (False,)
        connection.rollback()
        migrate(upgraded)
        assert connection.execute(may_delete, [ROLE]).fetchone() == (True,)
        connection.rollback()
        grants.write_text(grants.read_text().replace("GRANT DELETE ON cohort TO", "-- "))
        migrate(upgraded)
        assert connection.execute(may_delete, [ROLE]).fetchone() == (False,)


def test_a_file_that_postgresql_refuses_leaves_everything_as_it_was(upgraded, files):
    with connect_as_owner(upgraded) as connection:
        before = objects_of(connection)
    (files / "9_broken.sql").write_text("GRANT SELECT ON no_such_table TO public;")
    with pytest.raises(Exception, match="no_such_table"):
        migrate(upgraded)
    with connect_as_owner(upgraded) as connection:
        assert objects_of(connection) == before
        assert not live_objects.are_current(connection)


def test_nothing_is_written_while_the_files_stay_the_same(upgraded):
    last_written = "SELECT xmin::text FROM applied_objects"
    with connect_as_owner(upgraded) as connection:
        (before,) = connection.execute(last_written).fetchall()
        connection.rollback()
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(migrate, [upgraded] * 4))
        assert connection.execute(last_written).fetchall() == [before]


def test_changed_files_are_applied_once_when_many_migrate_at_once(upgraded, files):
    (files / "9_more.sql").write_text(f"GRANT DELETE ON cohort TO {ROLE};")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate, [upgraded] * 4))
    with connect_as_owner(upgraded) as connection:
        assert live_objects.are_current(connection)
        assert connection.execute("SELECT count(*) FROM applied_objects").fetchone() == (1,)


@pytest.mark.parametrize("change", ["text", "name", "one more", "one less"])
def test_every_change_of_the_files_is_noticed(files, change):
    before = live_objects.digest()
    first = min(files.glob("*.sql"))
    if change == "text":
        first.write_text(f"{first.read_text()} ")
    elif change == "name":
        first.rename(files / "0.sql")
    elif change == "one more":
        (files / "9.sql").write_text("SELECT 1;")
    else:
        first.unlink()
    assert live_objects.digest() != before


def test_every_table_with_rows_of_an_account_has_a_policy(connection):
    protected = {
        name
        for (name,) in connection.execute(
            "SELECT tablename FROM pg_policies JOIN pg_class ON relname = tablename"
            " WHERE policyname = 'own_account' AND roles = ARRAY[%s]::name[] AND relrowsecurity",
            [ROLE],
        )
    }
    assert protected == {table.name for table in metadata.tables.values()} - OF_NO_ACCOUNT
