"""Somebody runs SQL of their own in a running process of the gateway, and tries to get further."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import httpx
import psycopg
import pytest
from sqlalchemy import make_url

from cli.services.listening import API, SFTP
from cli.services.programs import environment_of
from gateway.passwords import hash_password
from registry.accounts import portal_users
from registry.accounts.accounts import add_account
from registry.accounts.api_keys import add_key
from registry.database.connections import connect_as_gateway, dagster_url, gateway_url, plain_url
from registry.database.logins import GATEWAY_LOGIN, RUNS_LOGIN
from registry.database.row_level_security import ROLE, as_account
from registry.settings import Settings
from tests.ports import free_port
from tests.waiting import eventually

pytestmark = pytest.mark.external_postgres

REFUSED = "42501"
"""insufficient_privilege"""

CLIMBS = {
    "become the owner": "SET ROLE {owner}",
    "become the owner in a block": "DO $do$ BEGIN EXECUTE 'SET ROLE {owner}'; END $do$",
    "become the login of runs": f"SET ROLE {RUNS_LOGIN}",
    "sign in as the owner": "SET SESSION AUTHORIZATION {owner}",
    "become who may run programs": "SET ROLE pg_execute_server_program",
    "run a program": "COPY (SELECT 1) TO PROGRAM 'id'",
    "run a program for its output": "CREATE TEMP TABLE said (line text);"
    " COPY said FROM PROGRAM 'id'",
    "read a file into a table": "CREATE TEMP TABLE lines (line text);"
    " COPY lines FROM '/etc/passwd'",
    "write a file": "COPY (SELECT 1) TO '/tmp/rosterline-climbing'",
    "read a file": "SELECT pg_read_file('/etc/passwd')",
    "list a folder": "SELECT pg_ls_dir('/')",
    "read a file as a large object": "SELECT lo_import('/etc/passwd')",
    "write a large object to a file": "SELECT lo_export(1, '/tmp/rosterline-climbing')",
    "make a table": "CREATE TABLE public.mine ()",
    "make a schema": "CREATE SCHEMA mine",
    "make a function": "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "replace a function": "CREATE OR REPLACE FUNCTION public.portal_passwords_of(given text,"
    " OUT password_hash text, OUT past_password_hashes text []) RETURNS SETOF record"
    " LANGUAGE sql SECURITY DEFINER AS 'SELECT NULL, NULL'",
    "reach other servers and files": "CREATE FOREIGN DATA WRAPPER mine",
    "make a role": "CREATE ROLE mine SUPERUSER",
    "become more": f"ALTER ROLE {GATEWAY_LOGIN} SUPERUSER",
    "take a role": f"GRANT {RUNS_LOGIN} TO {GATEWAY_LOGIN}",
    "switch the walls off": "ALTER TABLE patient DISABLE ROW LEVEL SECURITY",
    "step over the walls": "SET LOCAL row_security = off; SELECT id FROM patient",
    "take a wall away": "DROP POLICY own_account ON patient",
    "add a hole to a wall": "CREATE POLICY mine ON patient USING (true)",
    "leave triggers out": "SET session_replication_role = replica",
    "add a trigger": "CREATE TRIGGER mine AFTER INSERT ON patient"
    " EXECUTE FUNCTION keep_account_history()",
    "drop a table": "DROP TABLE access_event",
    "empty a table": "TRUNCATE access_event",
    "let the server log everything": "SET log_statement = 'all'",
    "reload the server": "SELECT pg_reload_conf()",
    "end a session of others": "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE usename = '{owner}' AND pid <> pg_backend_pid()",
    "read passwords of PostgreSQL": "SELECT rolpassword FROM pg_authid",
    "read passwords of PostgreSQL by the view": "SELECT passwd FROM pg_shadow",
    "read passwords of the portal": "SELECT password_hash FROM portal_user",
    "read past passwords of the portal": "SELECT past_password_hashes FROM portal_user",
    "read passwords of SFTP": "SELECT password_hash FROM sftp_user",
    "list who may sign in": "SELECT * FROM portal_person",
    "change what happened": "UPDATE access_event SET detail = ''",
    "remove what happened": "DELETE FROM access_event",
    "change the history of patients": "UPDATE patient_change SET line = 1",
    "remove an import": "DELETE FROM import",
    "give a patient to another account": "UPDATE patient SET account_id = 1",
    "make an account": "INSERT INTO account (name, format, time_zone, cadence, settings)"
    " VALUES ('mine', 'metriport', 'UTC', 'nightly', '{{}}')",
    "change the revision": "UPDATE alembic_version SET version_num = '0001'",
    "read the marts": "SET search_path = marts; SELECT * FROM marts.fct_attempts",
}


@pytest.fixture(scope="module")
def process(migrated) -> Iterator[Settings]:
    """The API with a hole, as a process of its own."""
    settings = migrated.model_copy(update={"http_port": free_port()})
    environment = environment_of(API, {**os.environ, **settings.as_environment()})
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.gateway.hole"], env=environment
    ) as running:
        try:
            eventually(lambda: _answers(settings))
            yield settings
        finally:
            running.terminate()


@pytest.fixture
def hole(process, connection) -> Callable[[str, str], dict]:
    """A function that runs SQL in that process, `within` a caller's account or `before` it."""
    _, secret = add_key(
        connection, add_account(connection, "hole", "metriport"), "hole", "read", datetime.now(UTC)
    )
    connection.commit()

    def ask(statements: str, where: str) -> dict:
        return httpx.post(
            f"{process.api_url}/hole",
            params={"where": where},
            content=statements,
            headers={"x-api-key": secret},
            timeout=30,
        ).json()

    return ask


def _answers(settings) -> bool:
    try:
        return httpx.get(f"{settings.api_url}/health").status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture(scope="module")
def owner(migrated) -> str:
    return make_url(migrated.database_url).username


@pytest.mark.parametrize(
    ("where", "first"), [("within", ""), ("before", ""), ("within", "RESET ROLE; ")]
)
def test_nobody_gets_further_in_postgresql(hole, owner, where, first):
    found = {
        climb: hole(first + statements.format(owner=owner), where)
        for climb, statements in CLIMBS.items()
    }
    assert {climb: each for climb, each in found.items() if each.get("state") != REFUSED} == {}


def test_without_its_role_the_gateway_sees_no_patient(hole):
    for table in ("patient", "patient_change", "patient_address", "import_row", "result_file"):
        found = hole(f"RESET ROLE; SELECT * FROM {table}", "within")
        assert found.get("state") == REFUSED, table


def test_the_login_takes_the_walled_role_and_no_other(hole):
    others = """
        SELECT rolname FROM pg_roles
        WHERE pg_has_role(session_user, oid, 'MEMBER') AND rolname <> session_user"""
    assert hole(others, "before") == {"rows": [[ROLE]]}
    about = """
        SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication, rolinherit
        FROM pg_roles WHERE rolname = session_user"""
    assert hole(about, "before") == {"rows": [["False"] * 6]}
    owns = """
        SELECT count(*) FROM pg_shdepend JOIN pg_roles ON pg_roles.oid = refobjid
        WHERE rolname IN ('rosterline_gateway', 'rosterline_gateway_login') AND deptype = 'o'"""
    assert hole(owns, "before") == {"rows": [["0"]]}


def test_a_function_that_signs_users_in_reads_the_real_tables_whatever_stands_before_them(hole):
    found = hole(
        "CREATE TEMP TABLE portal_user (name text, password_hash text,"
        " past_password_hashes text []); INSERT INTO portal_user VALUES ('a@b.test', 'x', '{}');"
        " GRANT SELECT ON portal_user TO public;"
        " SELECT * FROM public.portal_passwords_of('a@b.test')",
        "before",
    )
    assert found == {"rows": []}


def test_one_statement_with_a_nested_query_gets_no_further_either(hole, owner):
    climb = f"SELECT set_config('role', '{owner}', true)"
    assert hole(climb, "within")["state"] == REFUSED
    nested = (
        "SELECT set_config('role', 'none', true),"
        " query_to_xml('SELECT first_name FROM patient', true, true, '')"
    )
    assert hole(nested, "within")["state"] == REFUSED


def test_a_process_of_the_gateway_has_no_address_but_its_own(migrated):
    given = migrated.as_environment() | {
        "ROSTERLINE_RUNS_DATABASE_URL": "postgresql://rosterline_runs:hunter2@db/registry",
        "ROSTERLINE_DAGSTER_URL": "postgresql://rosterline_runs:hunter2@db/dagster",
        "DBT_ENV_SECRET_ROSTERLINE_MARTS": "hunter2",
    }
    for name in (API, SFTP):
        kept = environment_of(name, given)
        assert kept["ROSTERLINE_GATEWAY_DATABASE_URL"] == migrated.gateway_database_url
        assert "ROSTERLINE_DATABASE_URL" not in kept
        assert "hunter2" not in repr(kept)


def test_all_connections_of_the_process_are_those_of_the_login(hole, migrated):
    assert hole("SELECT session_user", "before") == {"rows": [[GATEWAY_LOGIN]]}
    assert hole("SELECT session_user, current_user", "within") == {"rows": [[GATEWAY_LOGIN, ROLE]]}
    own = gateway_url(migrated)
    assert make_url(own).username == GATEWAY_LOGIN


def test_dagsters_database_is_closed_to_the_gateway(migrated):
    dagster_url(migrated)
    wanted = make_url(gateway_url(migrated)).set(database=migrated.dagster_database)
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(plain_url(wanted.render_as_string(hide_password=False)))


def test_the_hash_of_a_password_is_told_of_one_user_by_their_name_and_not_within_an_account(
    database, connection
):
    account = add_account(connection, "harbor", "metriport")
    portal_users.add_user(
        connection, account, "ada@harbor.test", "admin", hash_password("correct-horse-battery")
    )
    connection.commit()
    with connect_as_gateway(database) as gateway:
        found = portal_users.read_passwords(gateway, "ada@harbor.test")
        assert found.present.startswith("$argon2id$")
        assert portal_users.read_passwords(gateway, "%").present is None
        gateway.commit()
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            as_account(gateway, account.id),
        ):
            portal_users.read_passwords(gateway, "ada@harbor.test")


def test_what_does_not_hold_another_account_can_be_named(hole, connection):
    """The account is a setting of the session: docs/security.md says so."""
    other = add_account(connection, "other", "metriport")
    connection.commit()
    named = f"SELECT set_config('rosterline.account', '{other.id}', true); SELECT name FROM account"
    assert hole(named, "within") == {"rows": [[other.name]]}
