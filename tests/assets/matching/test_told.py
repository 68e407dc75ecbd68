"""A row that says what its patient was told last is unchanged, and nothing is compared for it."""

import re
from pathlib import Path

import pytest

from registry.decisions.undo import undo
from registry.ledger.imports import get_import
from tests.assets.matching.conftest import NOON
from tests.files import john, maria

PROJECT = Path(__file__).parents[3]
WRITTEN = re.compile(r"UPDATE patient\b(?!_)[^;]*?(?=\bWHERE\b|\Z)", re.DOTALL)


def told(connection):
    """What patients were told, by EHR id."""
    return dict(
        connection.execute(
            "SELECT value, told FROM patient JOIN patient_identifier ON patient.id = patient_id"
            " WHERE item = 'ehr'"
        ).fetchall()
    )


def carried(connection, imported):
    return connection.execute(
        "SELECT line, outcome::text, confirmed, confirmed_items FROM import_row"
        " WHERE import_id = %s ORDER BY line",
        (imported.imported.id,),
    ).fetchall()


ROWS = (
    maria(city="Rome", phone="#N/A", flags="Fall risk; Lives alone", notes="#N/A", codes="I10"),
    john(flags="#N/A", notes="x", department="cardiology", score="2.5", mbi="1EG4TE5MK73"),
)  # fmt: skip


def test_the_same_file_again_carries_what_a_look_at_each_value_would_find(send, connection):
    send(maria(phone="2125550123", notes="old", flags="fall risk"), john(department="Cardiology"))
    send(*ROWS)
    again = send(*ROWS)
    connection.execute("UPDATE patient SET told = NULL")
    connection.commit()
    compared = send(*ROWS)
    assert again.outcomes == ["unchanged", "unchanged"]
    assert carried(connection, again) == carried(connection, compared)
    assert again.issues == compared.issues
    assert again.result.splitlines() == compared.result.splitlines()


def test_who_was_told_otherwise_is_told_again_only_by_the_last_row(send, connection):
    send(maria(city="Rome"), john())
    first = told(connection)
    send(maria(city="Oslo"), john())
    assert told(connection)["E-1"] != first["E-1"]
    assert told(connection)["E-2"] == first["E-2"]
    assert send(maria(city="Rome"), john()).outcomes == ["updated", "unchanged"]
    assert told(connection) == first


def test_of_several_rows_about_a_patient_none_decides(send, connection):
    send(maria(city="Rome"), maria(city="Oslo"))
    assert told(connection) == {"E-1": None}
    assert send(maria(city="Rome"), maria(city="Oslo")).outcomes == ["updated", "updated"]


def test_after_an_undo_the_row_that_was_undone_changes_its_patient_again(send, connection):
    send(maria(city="Rome"))
    oslo = send(maria(city="Oslo"))
    undo(connection, get_import(connection, oslo.imported.partition_key), "rita", NOON)
    connection.commit()
    assert told(connection) == {"E-1": None}
    assert send(maria(city="Oslo")).outcomes == ["updated"]


def test_a_late_row_of_which_a_value_was_refused_would_still_change_something(send, connection):
    send(maria(city="Oslo"), received_at=NOON)
    newest = told(connection)
    late = send(maria(city="Rome"), received_at=NOON.replace(hour=1))
    assert late.outcomes == ["unchanged"]
    assert told(connection) == newest
    assert send(maria(city="Rome")).outcomes == ["updated"]


def test_a_late_row_does_not_bring_back_what_a_newer_file_took_out(send):
    send(maria(flags="Fall risk"), received_at=NOON.replace(hour=2))
    send(maria(flags="#N/A"), received_at=NOON)
    late = send(maria(flags="Fall risk"), received_at=NOON.replace(hour=1))
    assert late.outcomes == ["unchanged"]


@pytest.mark.parametrize("folder", ["assets", "gateway", "registry/decisions", "registry/patients"])
def test_whoever_changes_a_patient_says_what_they_were_told(folder):
    files = [*(PROJECT / folder).rglob("*.sql"), *(PROJECT / folder).rglob("*.py")]
    found = [text for file in files for text in WRITTEN.findall(file.read_text())]
    assert all("told" in text or "{assignments}" in text for text in found), found
