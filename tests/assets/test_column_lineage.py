"""Descriptions of columns that name their origins, and the columns of an import."""

from dataclasses import replace

import pytest

from assets.column_lineage import column_notes, fields_of_file, with_origin
from registry.accounts.accounts import add_account
from schemas.canonical import SCALARS
from schemas.catalogue import get_format
from tests.importing import process, put


@pytest.mark.parametrize(
    ("description", "sources", "expected"),
    [
        ("A date.", [("staged_patients", "dob")], "A date. From staged_patients: dob"),
        ("A date", [("b", "x"), ("a", "z"), ("a", "y")], "A date. From a: y, z; b: x"),
        ("", [("a", "y")], "From a: y"),
        ("A date.", [], "A date."),
        ("", [], ""),
    ],
)
def test_a_description_ends_with_the_origins_of_its_column(description, sources, expected):
    assert with_origin(description, sources) == expected


@pytest.fixture
def work(database, connection, tmp_path):
    account = add_account(connection, "clinic", "ptdirect")
    content = "C-1,Ann,Lee,1977,f,ann@example.org\n"
    imported = put(database, connection, account, content, folder=tmp_path)
    return process(database, connection, imported).reports["patients"].work


def test_each_stage_names_the_columns_of_the_stage_before(work):
    landed, staged, matched, stored = (
        {note.name: note.sources for note in column_notes(work, asset)}
        for asset in ("landed_files", "staged_patients", "matched_patients", "patients")
    )
    assert set(landed.values()) == {()}
    assert staged["birth_year"] == (("landed_files", "Year of birth"),)
    assert matched["birth_year"] == (("staged_patients", "birth_year"),)
    assert stored["contact.value"] == (("matched_patients", "contact.value"),)
    assert {name for name, sources in stored.items() if sources} == set(matched)


def test_patients_has_the_same_columns_and_types_whatever_the_format_of_the_file(work):
    stored = {note.name: note.type for note in column_notes(work, "patients")}
    assert stored["birth_year"] == "smallint"
    assert stored["cohort.cohort_id"] == "uuid"
    assert set(stored) >= {scalar.name for scalar in SCALARS}
    other = replace(work, file_format=get_format("thoroughcare"))
    assert {note.name: note.type for note in column_notes(other, "patients")} == stored


def test_the_fields_of_a_file_lead_to_its_own_columns(work):
    sources = {note.name: note.sources for note in fields_of_file(work)}
    assert sources["birth_year"] == (("landed_files", "Year of birth"),)


def test_an_asset_without_columns_has_no_notes(work):
    assert column_notes(work, "result_files") == ()
