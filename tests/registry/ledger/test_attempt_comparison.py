"""Two attempts over one import side by side."""

import json

import pytest

from registry.accounts.accounts import add_account, change_settings
from registry.ledger.attempt_comparison import compare
from registry.ledger.states import open_attempt
from schemas.errors import NotAllowed, NotFound
from tests.files import care, john, maria
from tests.importing import process, put
from tests.nights import Clinic

pytestmark = pytest.mark.external_postgres


@pytest.fixture
def clinic(database, connection, tmp_path):
    return Clinic(database, connection, tmp_path)


@pytest.fixture
def mended(clinic):
    """A file of four rows, run again once the account knows a further risk level."""
    change_settings(clinic.connection, clinic.account, {"risk_levels": ["High", "Low"]})
    done = clinic.send(
        0,
        maria(risk="High"),
        john(risk="Rising"),
        {**maria(), "ehr": "E-3", "first": "Ana", "born": "soon"},
        {**maria(), "ehr": "E-4", "first": "Eva", "risk": "Rising"},
    )
    change_settings(clinic.connection, clinic.account, {"risk_levels": ["High", "Low", "Rising"]})
    clinic.backfill(done)
    return done.imported


def test_counts_and_issues_stand_side_by_side(clinic, mended):
    found = compare(clinic.connection, mended)
    assert (found.first.number, found.second.number) == (1, 2)
    assert found.first.counts == {"created": 3, "updated": 0, "unchanged": 0, "errored": 1}
    assert found.second.counts == {"created": 0, "updated": 2, "unchanged": 1, "errored": 1}
    issues = {each.code: (each.first, each.second) for each in found.issues}
    assert issues["unknown_risk_level"] == (2, 0)
    assert issues["not_a_date"] == (1, 1)


def test_rows_are_counted_by_where_they_went(clinic, mended):
    found = compare(clinic.connection, mended)
    assert {(each.first, each.second): each.rows for each in found.transitions} == {
        ("created", "updated"): 2,
        ("created", "unchanged"): 1,
        ("errored", "errored"): 1,
    }


def test_lines_that_only_settled_come_last_and_equal_ones_do_not_come(clinic, mended):
    found = compare(clinic.connection, mended)
    assert [each.line for each in found.lines] == [3, 5, 2]
    assert found.differing == 3
    john = found.lines[0]
    assert (john.first_outcome, john.second_outcome) == ("created", "updated")
    assert john.first_patient == john.second_patient
    assert {"code": "unknown_risk_level", "column": "Risk Level"} in john.first_issues
    assert not any(each["code"] == "unknown_risk_level" for each in john.second_issues)


def test_a_limit_cuts_the_lines_and_not_their_number(clinic, mended):
    found = compare(clinic.connection, mended, limit=1)
    assert [each.line for each in found.lines] == [3]
    assert found.differing == 3


def test_any_two_attempts_can_be_named_in_either_order(clinic, mended):
    process(clinic.settings, clinic.connection, mended, again=True)
    assert compare(clinic.connection, mended).second.number == 3
    back = compare(clinic.connection, mended, (2, 1))
    assert (back.first.number, back.second.number) == (2, 1)
    (john,) = (each for each in back.lines if each.line == 3)
    assert {"code": "unknown_risk_level", "column": "Risk Level"} in john.second_issues
    alike = compare(clinic.connection, mended, (3, 3))
    assert (alike.differing, alike.lines) == (0, [])


def test_an_attempt_whose_file_failed_has_no_rows(database, connection, tmp_path):
    account = add_account(connection, "desk", "ptdirect")
    rows = "".join(f"C-{number},Ada,Smith,1977,f\n" for number in range(3))
    imported = put(database, connection, account, rows, folder=tmp_path)
    process(database, connection, imported)
    # As if an earlier version had refused it: the second attempt has the rows.
    connection.execute("UPDATE attempt SET number = 2")
    for table in ("import_row", "row_issue", "attempt_stage", "result_file", "patient_change"):
        connection.execute(f"UPDATE {table} SET attempt = 2")
    connection.execute(
        "INSERT INTO attempt (import_id, number, state, fault_code) VALUES (%s, 1, 'failed', 'x')",
        (imported.id,),
    )
    found = compare(connection, imported)
    assert [each.first_outcome for each in found.lines] == [None] * 3
    assert [each.second_outcome for each in found.lines] == ["created"] * 3


def test_nothing_of_a_patient_is_told(clinic, mended):
    said = json.dumps(compare(clinic.connection, mended).as_json(), default=str)
    assert "Risk Level" in said
    for value in ("Maria", "Lopez", "John", "1961", "soon", "Rising", "E-3"):
        assert value not in said


def test_one_attempt_is_nothing_to_compare(clinic):
    done = clinic.send(0, maria())
    with pytest.raises(NotAllowed, match=r"one attempt only.*rosterline backfill"):
        compare(clinic.connection, done.imported)
    waiting = clinic.receive(1, maria())
    with pytest.raises(NotAllowed, match="no attempt only"):
        compare(clinic.connection, waiting)


def test_an_attempt_that_is_not_there_or_not_over_is_an_error(clinic, mended):
    with pytest.raises(NotFound, match="no attempt 7; there are: 1, 2"):
        compare(clinic.connection, mended, (1, 7))
    open_attempt(clinic.connection, mended.id, "test", again=True)
    with pytest.raises(NotAllowed, match="attempt 3 is not over"):
        compare(clinic.connection, mended)


def test_a_file_sent_twice_is_two_imports_and_not_two_attempts(clinic, database, connection):
    first = clinic.send(0, maria())
    again = put(database, connection, clinic.account, care(maria()), folder=clinic.folder)
    process(database, connection, again)
    for each in (first.imported, again):
        with pytest.raises(NotAllowed):
            compare(connection, each)
