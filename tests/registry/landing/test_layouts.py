"""A layout is worked out once for each attempt, kept, and read by everybody after."""

import json

import pytest

from assets.attempt_work import load_work
from assets.preview import preview
from registry.accounts.accounts import add_account
from registry.landing.layouts import keep_layout, kept_layout, layout_of, read_archived_layout
from registry.landing.receive import archived_path
from registry.ledger.imports import latest_attempt
from rosters.layout import JSON_VERSION
from schemas.catalogue import get_format
from schemas.errors import StorageUnavailable
from tests.importing import STAGES, process, put
from tests.rosters.files import REQUIRED, odd, text

CARE = get_format("thoroughcare")
LANDING = ("landed_files",)
LATER = tuple(stage.name for stage in STAGES[1:])
GOOD = text((*REQUIRED, "Ward;1;2;3;4;5;6"), ("Ada", "Sample", "1960-02-01", "F", "x"))


@pytest.fixture
def clinic(connection):
    return add_account(connection, "clinic", "thoroughcare")


@pytest.fixture
def imported(database, connection, clinic, tmp_path):
    return put(database, connection, clinic, GOOD, folder=tmp_path)


def kept(connection, imported, attempt=1):
    return kept_layout(connection, imported.id, attempt, CARE)


def test_it_is_kept_with_the_attempt_when_the_file_landed(database, connection, imported):
    assert kept(connection, imported) is None
    process(database, connection, imported, stages=LANDING)
    layout = kept(connection, imported)
    assert layout == read_archived_layout(database, imported.sha256, CARE)
    assert (layout.delimiter, layout.width) == (",", 5)


def test_later_stages_and_results_made_again_read_the_kept_one(database, connection, imported):
    done = process(database, connection, imported)
    # A mark that no file has says who read which.
    changed = kept(connection, imported).as_json() | {"headers": [*REQUIRED, "As it was kept"]}
    connection.execute("UPDATE attempt SET layout = %s", (json.dumps(changed),))
    again = process(database, connection, imported, stages=("result_files",))
    assert again.result == done.result.replace("Ward;1;2;3;4;5;6", "As it was kept", 1)


def test_no_stage_after_landing_works_it_out_again(database, connection, imported):
    process(database, connection, imported, stages=LANDING)
    layout = kept(connection, imported)
    changed = layout.as_json() | {"notes": [["unknown_column", "as it was kept"]]}
    connection.execute("UPDATE attempt SET layout = %s", (json.dumps(changed),))
    done = process(database, connection, imported, stages=LATER)
    assert [(i["code"], i["message"]) for i in done.issues] == [
        ("unknown_column", "as it was kept")
    ]


def test_a_further_attempt_reads_the_file_anew(database, connection, imported):
    process(database, connection, imported)
    changed = kept(connection, imported).as_json() | {"notes": []}
    connection.execute("UPDATE attempt SET layout = %s", (json.dumps(changed),))
    process(database, connection, imported, again=True)
    assert kept(connection, imported, 1).notes == ()
    assert kept(connection, imported, 2).notes != ()


@pytest.mark.parametrize("stored", [None, {"version": JSON_VERSION + 1}, {"version": JSON_VERSION}])
def test_without_a_kept_one_it_is_worked_out_from_the_archive(
    database, connection, imported, stored
):
    done = process(database, connection, imported)
    connection.execute("UPDATE attempt SET layout = %s", (json.dumps(stored) if stored else None,))
    expected = read_archived_layout(database, imported.sha256, CARE)
    assert layout_of(connection, database, imported.id, 1, imported.sha256, CARE) == expected
    assert load_work(connection, database, imported.partition_key).layout == expected
    again = process(database, connection, imported, stages=("result_files",))
    assert (again.result, again.failed_rows) == (done.result, done.failed_rows)


def test_a_kept_one_needs_no_archive(database, connection, imported):
    process(database, connection, imported)
    before = kept(connection, imported)
    archived_path(database, imported.sha256).unlink()
    assert layout_of(connection, database, imported.id, 1, imported.sha256, CARE) == before
    connection.execute("UPDATE attempt SET layout = NULL")
    with pytest.raises(StorageUnavailable):
        layout_of(connection, database, imported.id, 1, imported.sha256, CARE)


def test_a_preview_keeps_none_and_works_without(database, connection, imported):
    process(database, connection, imported)
    connection.execute("UPDATE attempt SET layout = NULL")
    connection.commit()
    found = preview(database, imported)
    assert found.fault is None
    assert found.then["unchanged"] == 1
    assert kept(connection, imported) is None


def test_a_file_that_fails_as_a_whole_keeps_none(database, connection, clinic, tmp_path):
    imported = put(database, connection, clinic, b"a,b\n1,2\n", folder=tmp_path)
    process(database, connection, imported)
    assert latest_attempt(connection, imported.id).fault_code == "header_unusable"
    assert kept(connection, imported) is None


def test_a_header_with_a_nul_character_is_kept_as_it_came(database, connection, clinic, tmp_path):
    imported = put(database, connection, clinic, odd("", "Wa\0rd").content, folder=tmp_path)
    process(database, connection, imported, stages=LANDING)
    assert kept(connection, imported).headers[4] == "Wa\0rd"


def test_issues_are_kept_with_the_slot_of_their_column(database, connection, clinic, tmp_path):
    row = ("A\0da", "Sample", "soon", "F", "x\0y")
    imported = put(database, connection, clinic, text((*REQUIRED, "Ward"), row), folder=tmp_path)
    process(database, connection, imported)
    found = connection.execute("SELECT code, column_name, slot FROM row_issue").fetchall()
    assert set(found) == {
        ("unknown_column", None, None),
        ("not_a_date", "Patient Birthday *", "birth_date"),
        ("nul_character", "Patient First Name *", "first_name"),
        ("nul_character", "Ward", None),
    }


def test_an_attempt_that_is_not_stored_keeps_none(database, connection, imported):
    process(database, connection, imported, stages=LANDING)
    attempt = latest_attempt(connection, imported.id)
    layout = kept(connection, imported)
    other = type(attempt)(**{**vars(attempt), "number": 2})
    keep_layout(connection, other, layout)
    assert kept(connection, imported, 2) is None
