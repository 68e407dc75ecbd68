import json
from datetime import UTC, datetime

import pytest

from cli import output
from registry.accounts.accounts import add_account
from registry.landing.archive_copy import Archived
from registry.requests.bulk_requests import UPLOAD_TIME, accept, ask
from registry.requests.request_states import expire_overdue
from tests.importing import process, put

pytestmark = pytest.mark.dated

GOOD = "C1,Ada,Smith,1977,f\nC2,Ben,Jones,1980,m\n"
BAD = "C1,Ada,Smith,1977,f,nonsense\n,Ben,Jones,1980,m\nC3,Cleo,Lee,1066,x\n"


@pytest.fixture
def account(connection):
    added = add_account(connection, "acme", "ptdirect")
    connection.commit()
    return added


@pytest.fixture
def imported(home, connection, account, tmp_path):
    """Puts a file through the stages and returns its import."""

    def run(content, **how):
        received = put(home, connection, account, content, folder=tmp_path, **how)
        done = process(home, connection, received)
        connection.commit()
        return done

    return run


def said(result):
    """What a command printed as JSON."""
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


class TestStatus:
    def test_a_fresh_registry_says_how_to_begin(self, rosterline):
        assert "No imports yet" in rosterline("status").stdout
        assert said(rosterline("status", "--json")) == []

    def test_imports_are_listed_the_newest_first(self, rosterline, imported):
        imported(GOOD, name="first.csv")
        imported(GOOD, name="second.csv")
        listed = said(rosterline("status", "--json"))
        assert [each["file_name"] for each in listed] == ["second.csv", "first.csv"]
        assert listed[0]["counts"] == {"created": 0, "updated": 0, "unchanged": 2, "errored": 0}
        shown = rosterline("status").stdout
        assert shown.index("second.csv") < shown.index("first.csv")
        assert len(said(rosterline("status", "--limit", "1", "--json"))) == 1

    def test_a_narrow_screen_shows_account_and_file_unbroken(
        self, rosterline, imported, connection, monkeypatch
    ):
        connection.execute("UPDATE account SET name = 'sunrise-clinic'")
        imported(GOOD, name="november.csv")
        monkeypatch.setattr(output.console, "width", 80)
        lines = rosterline("status").stdout.splitlines()
        assert max(map(len, lines)) <= 80
        (upper,) = [place for place, line in enumerate(lines) if "sunrise-clinic" in line]
        assert "november.csv" in lines[upper + 1]

    def test_only_imports_of_an_account_are_listed(self, rosterline, imported, connection):
        imported(GOOD)
        add_account(connection, "other", "ptdirect")
        connection.commit()
        assert said(rosterline("status", "--account", "other", "--json")) == []
        assert len(said(rosterline("status", "--account", "acme", "--json"))) == 1
        assert rosterline("status", "--account", "nobody").exit_code == 1

    def test_one_import_is_shown_in_full(self, rosterline, imported):
        done = imported(BAD)
        found = said(rosterline("status", done.imported.id, "--json"))
        assert found["partition_key"] == done.imported.partition_key
        assert found["counts"] == {"created": 1, "updated": 0, "unchanged": 0, "errored": 2}
        assert found["records"] == 3
        assert found["issues"]["email_not_stored"] == 1
        assert list(found["seconds"]) == list(done.reports)
        assert [each["number"] for each in found["attempts"]] == [1]
        shown = rosterline("status", found["partition_key"][-10:]).stdout
        assert "3 rows:  1 created" in shown
        assert "email_not_stored" in shown
        assert found["result"] in shown

    def test_further_attempts_are_listed(self, rosterline, imported, home, connection):
        done = imported(GOOD)
        process(home, connection, done.imported, again=True)
        connection.commit()
        found = said(rosterline("status", done.imported.id, "--json"))
        assert found["attempt"] == 2
        assert [each["number"] for each in found["attempts"]] == [1, 2]
        assert "attempt" in rosterline("status", done.imported.id).stdout

    def test_a_failed_file_says_why(self, rosterline, imported):
        done = imported(b"\xff\xfe\x00broken")
        assert done.imported.state == "failed"
        assert done.imported.reason in rosterline("status").stdout
        assert done.imported.reason in rosterline("status", done.imported.id).stdout

    def test_a_square_bracket_in_a_file_name_is_no_markup(self, rosterline, imported):
        imported(GOOD, name="[red]x.csv")
        assert "[red]x.csv" in rosterline("status").stdout

    def test_an_import_that_waits_has_no_figures_yet(
        self, rosterline, home, connection, account, tmp_path
    ):
        waiting = put(home, connection, account, GOOD, folder=tmp_path)
        found = said(rosterline("status", waiting.id, "--json"))
        assert found["state"] == "waiting"
        assert found["counts"] == {}
        assert found["result"] is None
        assert "waiting" in rosterline("status").stdout

    def test_requests_that_wait_for_their_file_are_listed_until_it_comes(
        self, rosterline, connection, account
    ):
        now = datetime.now(UTC)
        request = ask(connection, account, now)
        ask(connection, account, now - 2 * UPLOAD_TIME)
        expire_overdue(connection, now)
        connection.commit()
        (listed,) = said(rosterline("status", "--json"))
        assert (listed["import"], listed["state"]) == (str(request.id), "waiting")
        assert listed["file_name"] is None
        assert "no file yet" in rosterline("status").stdout
        for key in (request.id, request.id.hex[-10:]):
            assert said(rosterline("status", key, "--json"))["asked_at"] == now.isoformat()
        assert "no file came yet" in rosterline("status", request.id).stdout

        accept(connection, account, request.id, Archived("ab" * 32, 1), now)
        connection.commit()
        (listed,) = said(rosterline("status", "--json"))
        assert listed["file_name"] == f"{request.id}.csv"
        assert said(rosterline("status", request.id.hex[-10:], "--json"))["partition_key"]

    def test_a_request_that_expired_is_found_by_its_id(self, rosterline, connection, account):
        now = datetime.now(UTC)
        request = ask(connection, account, now - 2 * UPLOAD_TIME)
        expire_overdue(connection, now)
        connection.commit()
        assert said(rosterline("status", request.id, "--json"))["state"] == "expired"
        assert "expired" in rosterline("status", request.id).stdout

    def test_an_unknown_import_is_an_error(self, rosterline):
        assert "no import 'nonsense'" in rosterline("status", "nonsense").stderr


class TestRows:
    def test_each_row_has_its_outcome_and_messages(self, rosterline, imported):
        done = imported(BAD)
        rows = said(rosterline("rows", done.imported.id, "--json"))
        assert [(row["line"], row["outcome"]) for row in rows] == [
            (1, "created"),
            (2, "errored"),
            (3, "errored"),
        ]
        assert len(rows[2]["messages"]) == 2
        shown = rosterline("rows", done.imported.id).stdout
        assert all(message in shown for row in rows for message in row["messages"])

    def test_only_some_outcomes_are_asked_for(self, rosterline, imported):
        done = imported(BAD)
        errored = said(rosterline("rows", done.imported.id, "--outcome", "errored", "--json"))
        assert [row["line"] for row in errored] == [2, 3]
        assert rosterline("rows", done.imported.id, "--outcome", "wrong").exit_code == 1


class TestResult:
    def test_it_is_written_byte_for_byte(self, rosterline, imported, tmp_path):
        done = imported(BAD)
        assert rosterline("result", done.imported.id).stdout_bytes == done.result.encode()
        file = tmp_path / "result.csv"
        assert rosterline("result", done.imported.id, "-o", file).stdout == ""
        assert file.read_bytes() == done.result.encode()

    def test_failed_rows_alone_are_the_senders_own_layout(self, rosterline, imported):
        done = imported(BAD)
        written = rosterline("result", done.imported.id, "--failed-rows")
        assert written.stdout_bytes == done.failed_rows.encode()
        assert "C3,Cleo,Lee,1066,x" in written.stdout

    def test_the_file_of_an_earlier_attempt_stays(self, rosterline, imported, home, connection):
        done = imported(GOOD)
        second = process(home, connection, done.imported, again=True)
        connection.commit()
        first = rosterline("result", done.imported.id, "--attempt", "1")
        assert first.stdout_bytes == done.result.encode()
        assert rosterline("result", done.imported.id).stdout_bytes == second.result.encode()
        assert second.result != done.result

    def test_a_file_that_does_not_exist_yet_is_an_error(
        self, rosterline, home, connection, account, tmp_path
    ):
        waiting = put(home, connection, account, GOOD, folder=tmp_path)
        failed = rosterline("result", waiting.id)
        assert failed.exit_code == 1
        assert failed.stdout_bytes == b""
        assert "(waiting) has no result file" in failed.stderr
