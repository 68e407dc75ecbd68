"""Pages of imports and rows: filters, order, and where the next page begins."""

from datetime import UTC, datetime, timedelta

import pytest

from registry.accounts.accounts import add_account
from registry.ledger.import_pages import (
    ROW_KINDS,
    ImportFilter,
    account_lines,
    count_errored_until,
    count_issues,
    get_line,
    list_imports,
    list_rows,
)
from schemas.errors import NotFound
from tests.importing import put

pytestmark = pytest.mark.external_postgres
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def account(connection):
    return add_account(connection, "clinic", "ptdirect")


@pytest.fixture
def received(database, connection, account, tmp_path):
    """Three imports, the first received first."""
    return [
        put(
            database, connection, account, "x", folder=tmp_path, name=name,
            received_at=NOON + timedelta(hours=hour),
        )
        for hour, name in enumerate(("May.csv", "june.csv", "100%.csv"))
    ]  # fmt: skip


def names(connection, account, count=10, **wanted):
    found = list_imports(connection, account.id, ImportFilter(**wanted), count)
    return [each.file_name for each in found]


@pytest.mark.usefixtures("received")
class TestFilters:
    def test_the_newest_comes_first_and_a_page_ends_where_it_is_told(self, connection, account):
        assert names(connection, account) == ["100%.csv", "june.csv", "May.csv"]
        assert names(connection, account, 2) == ["100%.csv", "june.csv"]

    def test_the_next_page_begins_after_the_last_import_shown(self, connection, account):
        last = list_imports(connection, account.id, ImportFilter(), 2)[-1]
        assert names(connection, account, after=(last.received_at, last.id)) == ["May.csv"]

    @pytest.mark.parametrize(
        ("text", "expected"), [("MAY", ["May.csv"]), ("%", ["100%.csv"]), ("_", []), ("'", [])]
    )
    def test_text_is_looked_for_as_it_is_written_in_either_case(
        self, connection, account, text, expected
    ):
        assert names(connection, account, text=text) == expected

    def test_states_and_ways_in_are_filtered_together(self, connection, account, received):
        connection.execute("UPDATE import SET state = 'failed' WHERE id = %s", (received[0].id,))
        assert names(connection, account, state="failed") == ["May.csv"]
        assert names(connection, account, state="waiting", source="cli") == [
            "100%.csv", "june.csv",
        ]  # fmt: skip
        assert names(connection, account, state="failed", source="portal") == []

    def test_another_account_sees_nothing(self, connection, received):
        other = add_account(connection, "other", "ptdirect")
        assert names(connection, other) == []
        with pytest.raises(NotFound):
            get_line(connection, other.id, received[0].id)


def test_a_line_has_its_latest_attempt(connection, account, received):
    one = received[0]
    assert get_line(connection, account.id, one.id).attempt is None
    for number, state in ((1, "failed"), (2, "finished")):
        connection.execute(
            "INSERT INTO attempt (import_id, number, state, started_at, finished_at, records)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            (one.id, number, state, NOON, NOON + timedelta(seconds=90), number),
        )
    line = get_line(connection, account.id, one.id)
    assert (line.attempt, line.records, line.seconds) == (2, 2, 90.0)
    assert not line.is_undone


@pytest.mark.parametrize(("undone_up_to", "expected"), [(None, False), (1, False), (2, True)])
def test_an_import_is_undone_once_none_of_its_attempts_is_in_effect(
    connection, account, received, undone_up_to, expected
):
    one = received[0]
    for number in (1, 2):
        connection.execute(
            "INSERT INTO attempt (import_id, number, state) VALUES (%s, %s, 'finished')",
            (one.id, number),
        )
    if undone_up_to:
        connection.execute(
            "INSERT INTO decision (id, account_id, kind, import_id, attempt, user_name, decided_at,"
            " changed, removed, restored, kept)"
            " VALUES (gen_random_uuid(), %s, 'undo', %s, %s, 'ada', now(), 0, 0, 0, 0)",
            (account.id, one.id, undone_up_to),
        )
    assert get_line(connection, account.id, one.id).is_undone is expected


class TestRows:
    @pytest.fixture
    def attempt(self, connection, received):
        one = received[0].id
        outcomes = ("created", "updated", "unchanged", "errored", "errored")
        for line, outcome in enumerate(outcomes, 2):
            connection.execute(
                "INSERT INTO import_row (import_id, attempt, line, outcome) VALUES (%s, 1, %s, %s)",
                (one, line, outcome),
            )
        for line, code, severity in (
            (3, "odd", "warning"),
            (5, "bad", "error"),
            (6, "odd", "warning"),
        ):
            connection.execute(
                "INSERT INTO row_issue (import_id, attempt, line, ordinal, code, severity, message)"
                " VALUES (%s, 1, %s, 0, %s, %s, 'x')",
                (one, line, code, severity),
            )
        return one

    @pytest.mark.parametrize(
        ("kind", "lines"),
        [
            ("", [2, 3, 4, 5, 6]),
            ("created", [2]),
            ("updated", [3]),
            ("unchanged", [4]),
            ("errored", [5, 6]),
            ("warnings", [3]),
        ],
    )
    def test_rows_of_a_kind(self, connection, attempt, kind, lines):
        found = list_rows(connection, attempt, 1, kind, after=0, count=10)
        assert [row.line for row in found] == lines

    def test_every_kind_is_driven(self):
        assert set(ROW_KINDS) == {"", "created", "updated", "unchanged", "errored", "warnings"}

    def test_a_page_of_rows_has_their_issues(self, connection, attempt):
        found = list_rows(connection, attempt, 1, "", after=3, count=2)
        assert [(row.line, [issue["code"] for issue in row.issues]) for row in found] == [
            (4, []),
            (5, ["bad"]),
        ]

    def test_failed_rows_are_counted_up_to_a_line(self, connection, attempt):
        counts = [count_errored_until(connection, attempt, 1, line) for line in (4, 5, 6)]
        assert counts == [0, 1, 2]

    def test_issues_are_counted_by_code_the_worst_first(self, connection, attempt):
        assert count_issues(connection, attempt, 1) == [
            {"code": "bad", "severity": "error", "count": 1},
            {"code": "odd", "severity": "warning", "count": 2},
        ]


def test_accounts_are_listed_with_what_is_unfinished_and_what_came_lately(
    connection, account, received
):
    add_account(connection, "another", "ptdirect")
    connection.execute("UPDATE import SET received_at = now(), state = 'failed' WHERE id = %s",
                       (received[0].id,))  # fmt: skip
    connection.execute("UPDATE import SET received_at = now() - interval '8 days' WHERE id = %s",
                       (received[1].id,))  # fmt: skip
    connection.execute("UPDATE import SET received_at = now() WHERE id = %s", (received[2].id,))
    lines = {each.name: (each.unfinished, each.recent, each.failed)
             for each in account_lines(connection)}  # fmt: skip
    assert lines == {account.name: (2, 2, 1), "another": (0, 0, 0)}
