"""The logins of gateway and runs: what they may do, and how they are let in."""

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from registry.accounts.accounts import add_account
from registry.database.connections import connect_as_gateway, connect_as_owner, connect_as_runs
from registry.database.logins import GATEWAY_LOGIN, RUNS_LOGIN
from registry.database.month_partitions import PARTITIONED, is_month_partition
from registry.database.row_level_security import ROLE
from registry.migrations import migrate
from registry.tables.all_tables import NOT_FOR_THE_GATEWAY, metadata
from schemas.errors import DatabaseUnavailable

pytestmark = pytest.mark.external_postgres

HELD = """
SELECT DISTINCT relname FROM pg_class, unnest(%s::text[]) AS role
WHERE relnamespace = 'public'::regnamespace
    AND relkind IN ('r', 'p')
    AND (
        has_any_column_privilege(role, pg_class.oid, 'SELECT, INSERT, UPDATE, REFERENCES')
        OR has_table_privilege(role, pg_class.oid, 'DELETE, TRUNCATE, TRIGGER')
    )"""


def test_each_table_has_a_decision_about_the_gateway(connection):
    held = {name for (name,) in connection.execute(HELD, ([ROLE, GATEWAY_LOGIN],))}
    tables = {table.name for table in metadata.tables.values()}
    undecided = sorted(tables - held - NOT_FOR_THE_GATEWAY)
    assert undecided == [], (
        f"Tables without a decision about the gateway: {', '.join(undecided)}. Grant what it needs "
        "in registry/tables/objects/4_gateway_grants.sql (and give the table a policy in "
        "3_row_level_security.sql), or name the table in NOT_FOR_THE_GATEWAY of "
        "registry/tables/all_tables.py."
    )
    assert sorted(held & NOT_FOR_THE_GATEWAY) == [], "granted, though it is not for the gateway"


def test_each_table_that_the_login_may_use_has_a_policy_for_it(connection):
    held = {name for (name,) in connection.execute(HELD, ([GATEWAY_LOGIN],))}
    walled = {
        name
        for (name,) in connection.execute(
            "SELECT tablename FROM pg_policies WHERE %s = ANY(roles::text[])", (GATEWAY_LOGIN,)
        )
    }
    assert held - walled == {"alembic_version"}


REFUSED_TO_RUNS = [
    "CREATE TABLE public.mine ()",
    "DROP TABLE patient",
    "DROP POLICY own_account ON patient",
    "ALTER TABLE patient DISABLE ROW LEVEL SECURITY",
    "TRUNCATE patient",
    "UPDATE alembic_version SET version_num = '0001'",
    "CREATE ROLE mine",
    "CREATE SCHEMA mine",
    f"SET ROLE {ROLE}",
    "COPY (SELECT 1) TO PROGRAM 'id'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT rolpassword FROM pg_authid",
]


def test_the_login_of_runs_reads_and_writes_rows_and_nothing_more(database):
    with connect_as_runs(database) as runs:
        add_account(runs, "harbor", "metriport")
        with runs.cursor().copy("COPY facility (id, account_id, name) FROM STDIN") as copy:
            copy.write_row(
                ("0199c0de-0000-7000-8000-000000000000", _account(runs), "Harbor Clinic")
            )
        assert runs.execute("SELECT count(*) FROM facility").fetchone() == (1,)
        runs.commit()
        for statement in REFUSED_TO_RUNS:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                runs.execute(statement.encode())
            runs.rollback()


def _account(connection) -> int:
    ((account,),) = connection.execute("SELECT id FROM account").fetchall()
    return account


def test_the_login_of_runs_owns_the_marts_and_the_tables_with_months(migrated):
    with connect_as_runs(migrated) as runs:
        own = runs.execute(
            "SELECT nspname FROM pg_namespace WHERE pg_get_userbyid(nspowner) = current_user"
        ).fetchall()
        assert {name for (name,) in own} == {
            "marts",
            "marts_staging",
            "marts_patients",
            "marts_patients_staging",
        }
        tables = runs.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            " AND tableowner = current_user"
        ).fetchall()
        owned = {name for (name,) in tables}
        assert set(PARTITIONED) <= owned
        assert all(name in PARTITIONED or is_month_partition(name) for name in owned)


def test_an_address_of_another_user_is_refused(migrated):
    owners = migrated.model_copy(update={"gateway_database_url": migrated.database_url})
    with pytest.raises(DatabaseUnavailable, match=f"must name the user {GATEWAY_LOGIN}"):
        migrate(owners)


def test_a_wrong_password_is_said_and_changes_nothing(migrated):
    if make_url(migrated.database_url).password is None:
        pytest.skip("the embedded server asks for no password")
    wrong = make_url(migrated.gateway_database_url).set(password="wrong")
    changed = migrated.model_copy(
        update={"gateway_database_url": wrong.render_as_string(hide_password=False)}
    )
    with pytest.raises(DatabaseUnavailable, match=GATEWAY_LOGIN):
        migrate(changed)
    connect_as_gateway(migrated).close()


@pytest.mark.slow
def test_a_login_that_cannot_sign_in_yet_gets_the_password_of_its_address(embedded):
    """On a server of this test's own, whose logins were made by an administrator, without one."""
    with connect_as_owner(embedded) as owner:
        owner.autocommit = True
        address = make_url(f"postgresql://{owner.info.user}@/rosterline").set(
            query={"host": owner.info.host, "port": str(owner.info.port)}
        )
        for login in (GATEWAY_LOGIN, RUNS_LOGIN):
            owner.execute(sql.SQL("ALTER ROLE {} NOLOGIN").format(sql.Identifier(login)))
        gateway, runs = (
            address.set(username=login, password=f"of_{login}").render_as_string(
                hide_password=False
            )
            for login in (GATEWAY_LOGIN, RUNS_LOGIN)
        )
        outside = embedded.model_copy(
            update={
                "database_url": address.render_as_string(hide_password=False),
                "gateway_database_url": gateway,
                "runs_database_url": runs,
            }
        )
        migrate(outside)
        stored = owner.execute(
            "SELECT rolname, rolcanlogin, starts_with(rolpassword, 'SCRAM-SHA-256$')"
            " FROM pg_authid WHERE rolname = ANY(%s) ORDER BY rolname",
            ([GATEWAY_LOGIN, RUNS_LOGIN],),
        ).fetchall()
        assert stored == [(GATEWAY_LOGIN, True, True), (RUNS_LOGIN, True, True)]
        owner.execute(f"ALTER ROLE {RUNS_LOGIN} NOBYPASSRLS")
        with pytest.raises(DatabaseUnavailable, match=f"ALTER ROLE {RUNS_LOGIN} BYPASSRLS"):
            migrate(outside)
