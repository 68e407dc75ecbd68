"""PostgreSQL itself shows the gateway's role the rows of one account."""

from contextlib import nullcontext
from datetime import UTC, datetime

import psycopg
import pytest

from registry.accounts.accounts import add_account, add_cohort, add_facility
from registry.accounts.api_keys import add_key
from registry.database.row_level_security import ROLE, as_account
from registry.landing.archive_copy import Archived
from registry.requests.bulk_requests import accept, ask

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def two(connection):
    accounts = [add_account(connection, name, "metriport") for name in ("harbor", "bay")]
    for account in accounts:
        add_facility(connection, account, "Main Street")
        add_cohort(connection, account, "Diabetes")
        add_key(connection, account, "integration", "full", NOW)
        request = ask(connection, account, NOW)
        accept(connection, account, request.id, Archived("ab" * 32, 1), NOW)
        connection.execute("INSERT INTO attempt (import_id, number) VALUES (%s, 1)", (request.id,))
        (patient,) = connection.execute(
            "INSERT INTO patient (id, account_id, name_key, first_name, last_name, birth_year,"
            " gender) VALUES (gen_random_uuid(), %s, 1, 'Ada', 'Sample', 1980, 'F') RETURNING id",
            (account.id,),
        ).fetchone()
        connection.execute(
            "INSERT INTO patient_address (patient_id, item, city) VALUES (%s, 'home', 'Boston')",
            (patient,),
        )
    connection.commit()
    return accounts


def test_every_table_that_the_role_may_read_has_a_policy(connection):
    protected = {
        name for (name,) in connection.execute("SELECT tablename FROM pg_policies").fetchall()
    }
    granted = {
        name
        for (name,) in connection.execute(
            "SELECT DISTINCT table_name FROM information_schema.role_table_grants"
            " WHERE grantee = %s",
            (ROLE,),
        ).fetchall()
    }
    behind_them = {
        name
        for (name,) in connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'v'"
            " AND reloptions @> ARRAY['security_invoker=true']"
        ).fetchall()
    }
    assert granted <= protected | behind_them
    assert granted


def test_what_the_role_may_read_is_of_its_account(connection, two):
    counted = ("account", "api_key", "attempt", "bulk_request", "cohort", "facility", "import",
               "patient", "patient_address")  # fmt: skip
    for account in two:
        with as_account(connection, account.id):
            for table in counted:
                assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (1,), table


def test_without_an_account_nothing_is_seen(connection, two):
    assert two
    connection.execute(f"SET LOCAL ROLE {ROLE}")
    for table in ("account", "patient", "patient_address", "import"):
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_nothing_can_be_written_into_another_account(connection, two):
    mine, other = two
    statement = "INSERT INTO cohort (id, account_id, name) VALUES (gen_random_uuid(), %s, 'X')"
    with as_account(connection, mine.id):
        connection.execute(statement, (mine.id,))
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"),
        as_account(connection, mine.id),
    ):
        connection.execute(statement, (other.id,))


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM import",
        "DELETE FROM patient_change",
        "UPDATE patient_change SET line = 1",
        "UPDATE patient SET account_id = 2",
        "UPDATE decision SET kept = 0",
        "DELETE FROM decision",
        "DELETE FROM api_key",
        "UPDATE api_key SET scope = 'full'",
        "UPDATE account SET name = 'x'",
        "UPDATE review SET patient_id = other_patient_id",
        "UPDATE access_event SET detail = 'x'",
        "SELECT * FROM portal_session",
        "SELECT * FROM portal_second_factor",
        "SELECT * FROM portal_recovery_code",
        "SELECT * FROM portal_link",
        "SELECT * FROM portal_identity",
        "DELETE FROM sign_in_count",
        "UPDATE portal_user SET second_factor_at = NULL",
        "UPDATE portal_user SET account_id = NULL",
        "UPDATE attempt SET run_id = 'another'",
        "CREATE TABLE x ()",
    ],
)
def test_the_role_can_do_no_more_than_calls_need(connection, two, statement):
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        as_account(connection, two[0].id),
    ):
        connection.execute(statement)


def test_role_and_account_are_gone_with_the_transaction(connection, two):
    for leave in (nullcontext(), pytest.raises(ZeroDivisionError)):
        with leave, as_account(connection, two[0].id):
            if not isinstance(leave, nullcontext):
                raise ZeroDivisionError
        user, account = connection.execute(
            "SELECT current_user, current_setting('rosterline.account', true)"
        ).fetchone()
        connection.commit()
        assert (user != ROLE, account or "") == (True, "")
