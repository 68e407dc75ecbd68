"""The morning report over a small ledger, written as a night would have left it."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from registry.accounts.accounts import add_account
from registry.landing.archive_copy import Archived
from registry.landing.receive import Arrival, enter
from registry.ledger import states
from registry.ledger.night_report import read_night, read_troubles

pytestmark = pytest.mark.dated

NOON = datetime(2026, 11, 22, 17, tzinfo=UTC)
"""Noon in New York on 22 November."""
DAY = date(2026, 11, 22)
HOUR = timedelta(hours=1)


@pytest.fixture
def clinic(connection):
    return add_account(connection, "clinic", "thoroughcare", "America/New_York")


@pytest.fixture
def ledger(connection):
    """Writes an import with one attempt, or a further attempt over it."""

    def write(account, ended, *, errored=0, records=10, number=1, came=None, **more):
        imported = more.get("again") or uuid4()
        if "again" not in more:
            connection.execute(
                "INSERT INTO import (id, account_id, format, source, file_name, sha256, byte_count,"
                " received_at, dry_run, partition_key, state)"
                " VALUES (%s, %s, %s, 'sftp', 'x', 'x', 1, %s, %s, %s, %s)",
                (imported, account.id, account.format, came or ended - HOUR,
                 more.get("dry_run", False), f"key_{imported.hex[:10]}",
                 more.get("state", "completed")),
            )  # fmt: skip
        connection.execute(
            "INSERT INTO attempt (import_id, number, state, started_at, finished_at, fault_code,"
            " records, created, updated, unchanged, errored, run_id)"
            " VALUES (%s, %s, 'finished', %s, %s, %s, %s, %s, 0, 0, %s, 'run-id')",
            (imported, number, ended - HOUR / 60, None if more.get("open") else ended,
             more.get("fault"), records, records - errored, errored),
        )  # fmt: skip
        return imported

    return write


@pytest.fixture
def issue(connection):
    def write(imported, line, code, column, **more):
        connection.execute(
            "INSERT INTO row_issue (import_id, attempt, line, ordinal, code, severity, column_name,"
            " slot, message) VALUES (%s, 1, %s, %s, %s, %s, %s, %s, 'x')",
            (
                imported,
                line,
                more.get("ordinal", 0),
                code,
                more.get("severity", "error"),
                column,
                more.get("slot"),
            ),
        )

    return write


class TestAccounts:
    def test_files_that_ended_in_the_night_are_counted(self, connection, clinic, ledger):
        ledger(clinic, NOON - HOUR, errored=4)
        ledger(clinic, NOON, errored=1, came=NOON - 3 * HOUR)
        ledger(clinic, NOON - 2 * HOUR, records=0, fault="not_csv", state="failed")
        (line,) = read_night(connection, DAY).accounts
        assert (line.account, line.files, line.failed) == ("clinic", 3, 1)
        assert (line.records, line.created, line.errored) == (20, 15, 5)
        assert line.error_share == 0.25
        assert line.slowest_seconds == 3 * 3600

    def test_a_cancelled_attempt_is_no_failure_and_leaves_the_one_before(
        self, connection, clinic, ledger
    ):
        ledger(clinic, NOON - HOUR, records=0, fault="cancelled", state="cancelled")
        again = ledger(clinic, NOON - 3 * HOUR, errored=2)
        ledger(clinic, NOON - 2 * HOUR, records=0, fault="cancelled", number=2, again=again)
        night = read_night(connection, DAY)
        (line,) = night.accounts
        assert (line.files, line.failed, line.records, line.errored) == (1, 0, 10, 2)
        assert night.troubles == []

    @pytest.mark.parametrize(
        ("ended", "is_there"),
        [
            (NOON - 24 * HOUR, False),
            (NOON - 24 * HOUR + timedelta(seconds=1), True),
            (NOON, True),
            (NOON + timedelta(seconds=1), False),
        ],
    )
    def test_the_night_ends_at_noon_where_the_account_is(
        self, connection, clinic, ledger, ended, is_there
    ):
        ledger(clinic, ended)
        assert bool(read_night(connection, DAY).accounts) == is_there

    def test_without_a_day_it_is_the_last_24_hours(self, connection, clinic, ledger):
        now = datetime.now(UTC)
        ledger(clinic, now - HOUR)
        ledger(clinic, now - 25 * HOUR)
        (line,) = read_night(connection).accounts
        assert line.files == 1

    def test_dry_runs_and_what_is_not_over_are_left_out(self, connection, clinic, ledger):
        ledger(clinic, NOON, dry_run=True)
        ledger(clinic, NOON, open=True, state="processing")
        assert read_night(connection, DAY).accounts == []

    def test_an_import_counts_once_by_its_latest_attempt(self, connection, clinic, ledger):
        first = ledger(clinic, NOON - 5 * HOUR, errored=9)
        ledger(clinic, NOON, errored=2, number=2, again=first)
        (line,) = read_night(connection, DAY).accounts
        assert (line.files, line.errored) == (1, 2)
        assert line.slowest_seconds == 3600, "the sender had his answer after the first attempt"

    def test_what_is_usual_is_the_mean_of_the_ten_imports_before(self, connection, clinic, ledger):
        for day in range(2, 13):
            ledger(clinic, NOON - day * 24 * HOUR, errored=1 if day < 12 else 9)
        ledger(clinic, NOON, errored=5)
        (line,) = read_night(connection, DAY).accounts
        assert line.usual_share == pytest.approx(0.1)

    def test_a_sender_of_the_first_night_has_nothing_usual(self, connection, clinic, ledger):
        ledger(clinic, NOON)
        (line,) = read_night(connection, DAY).accounts
        assert line.usual_share is None

    def test_only_one_account_is_asked_about(self, connection, clinic, ledger):
        other = add_account(connection, "desk", "ptdirect", "America/New_York")
        ledger(clinic, NOON)
        ledger(other, NOON)
        assert [each.account for each in read_night(connection, DAY).accounts] == ["clinic", "desk"]
        assert [each.account for each in read_night(connection, DAY, "desk").accounts] == ["desk"]


class TestRules:
    def test_they_are_told_by_the_formats_column_errors_first(
        self, connection, clinic, ledger, issue
    ):
        one, two = ledger(clinic, NOON), ledger(clinic, NOON - HOUR)
        issue(one, 2, "not_a_date", "Patient Birthday *", slot="birth_date")
        issue(two, 2, "not_a_date", "patient birthday", slot="birth_date")
        issue(two, 3, "not_a_date", "patient birthday", slot="birth_date")
        issue(two, 3, "not_a_date", "patient birthday", slot="birth_date", ordinal=1)
        for line in range(2, 9):
            issue(one, line, "invalid_zip", "Zip", slot="zip", severity="warning", ordinal=1)
        rules = read_night(connection, DAY).rules
        assert [(each.code, each.column, each.rows, each.share) for each in rules] == [
            ("not_a_date", "Patient Birthday", 3, 0.15),
            ("invalid_zip", rules[1].column, 7, 0.35),
        ]

    def test_a_strangers_header_is_not_told(self, connection, clinic, ledger, issue):
        one = ledger(clinic, NOON)
        issue(one, 2, "cell_too_long", "Maria Lopez 1961-05-27")
        issue(one, 3, "row_too_long", None)
        columns = {each.code: each.column for each in read_night(connection, DAY).rules}
        assert columns == {"cell_too_long": "another column", "row_too_long": None}

    def test_what_is_about_the_file_or_only_informs_is_no_rule_of_rows(
        self, connection, clinic, ledger, issue
    ):
        one = ledger(clinic, NOON)
        issue(one, 0, "unknown_column", None, severity="info")
        issue(one, 2, "no_new_information", None, severity="info")
        assert read_night(connection, DAY).rules == []


class TestTroubles:
    def test_a_file_that_failed_is_there_with_its_code_and_its_run(
        self, connection, clinic, ledger
    ):
        failed = ledger(clinic, NOON, records=0, fault="not_csv", state="failed")
        (trouble,) = read_troubles(connection, DAY)
        assert (trouble.key, trouble.state) == (f"key_{failed.hex[:10]}", "failed")
        assert (trouble.fault_code, trouble.run_id, trouble.since) == ("not_csv", "run-id", NOON)

    @pytest.mark.parametrize(("minutes", "is_stuck"), [(58, False), (62, True)])
    def test_an_import_is_stuck_after_an_hour_of_processing(
        self, connection, clinic, ledger, minutes, is_stuck
    ):
        began = datetime.now(UTC) - timedelta(minutes=minutes)
        ledger(clinic, began, open=True, state="processing")
        states = [each.state for each in read_troubles(connection)]
        assert states == (["processing"] if is_stuck else [])

    def test_those_of_other_accounts_are_not_told(self, connection, clinic, ledger):
        add_account(connection, "desk", "ptdirect")
        ledger(clinic, NOON, fault="not_csv", state="failed")
        ledger(clinic, NOON - 9000 * HOUR, open=True, state="processing")
        assert len(read_troubles(connection, DAY, "clinic")) == 2
        assert read_troubles(connection, DAY, "desk") == []


def test_a_held_file_needs_a_hand_until_somebody_decides(connection, clinic):
    arrival = Arrival("sftp", NOON - 30 * HOUR, "roster.csv", clinic.format)
    imported = enter(connection, clinic, Archived("ab" * 32, 10), arrival)
    states.hold_attempt(
        connection, states.take_up(connection, imported.id, "run"), "2 rows, usually 10", NOON
    )
    (held,) = read_troubles(connection)
    assert (held.state, held.since, held.is_stuck) == ("held", NOON, False)
    assert held.why_stuck == "held for a person: 2 rows, usually 10"
    assert held.way_out.startswith(f"`rosterline let-through {imported.partition_key[-10:]}`")
    states.let_through(connection, imported.id, "rita", NOON)
    assert read_troubles(connection) == []


def test_who_is_missing_from_whole_lists_is_counted(connection, clinic, ledger):
    ledger(clinic, NOON - HOUR)
    assert read_night(connection, DAY).accounts[0].missing is None
    connection.execute("UPDATE attempt SET missing = 3")
    assert read_night(connection, DAY).accounts[0].missing == 3
