"""`rosterline mapping`: suggested, corrected, saved, listed, used again, stopped."""

import json

import pytest

from tests.workbooks import workbook

SHEET = [["Patients"], [], ["Forename", "Family Name", "Born", "M/F", "Colour"],
         ["Ann", "Lee", "1961-05-27", "f", "red"]]  # fmt: skip


@pytest.fixture(autouse=True)
def clinic(rosterline):
    assert rosterline("account", "add", "clinic", "--format", "thoroughcare").exit_code == 0


@pytest.fixture
def said(rosterline):
    def run(*arguments):
        done = rosterline("mapping", *arguments, "-a", "clinic")
        assert done.exit_code == 0, done.output
        return done.stdout

    return run


def test_a_mapping_is_suggested_corrected_saved_and_taken_back(said, rosterline, tmp_path):
    book, file = tmp_path / "roster.xlsx", tmp_path / "mapping.csv"
    book.write_bytes(workbook({"Patients": SHEET}))
    suggested = said("suggest", book)
    assert suggested.splitlines() == [
        "column,header,field,why",
        "A,Forename,Patient First Name,usual",
        "B,Family Name,Patient Last Name,known",
        "C,Born,Patient Birthday,usual",
        "D,M/F,Patient Gender,usual",
        "E,Colour,,",
    ]
    file.write_text(suggested.replace("Colour,", "Colour,flags"), encoding="utf-8")
    saved = json.loads(said("save", file, "--json"))
    assert (saved["version"], saved["columns"][4]) == (1, {"header": "Colour", "slot": "flags"})
    shown = said("show")
    assert shown.splitlines()[5] == "E,Colour,Patient Flags"
    file.write_text(suggested, encoding="utf-8")
    assert "4 mapped, 1 left out" in said("save", file)
    assert json.loads(said("use", 1, "--json"))["version"] == 3
    listed = json.loads(said("list", "--json"))
    assert [(each["version"], each["ended_at"] is None) for each in listed] == [
        (3, True), (2, False), (1, False)
    ]  # fmt: skip
    assert "5 of 5" in said("list")
    said("stop")
    assert rosterline("mapping", "show", "-a", "clinic").exit_code == 1
    assert said("show", 1) == shown


def test_columns_of_a_file_without_a_header_are_saved_by_their_order(said, tmp_path):
    roster, file = tmp_path / "roster.csv", tmp_path / "mapping.csv"
    roster.write_text("Lee,Ann,1961-05-27,f\n", encoding="utf-8")
    assert "C,,Patient Birthday,content" in said("suggest", roster, "--no-header")
    file.write_text("column,header,field\nA,,last_name\nB,,first_name\nC,,dob\nD,,sex\n")
    saved = json.loads(said("save", file, "--by-position", "--json"))
    assert saved["by_position"]
    assert [each["slot"] for each in saved["columns"]] == [
        "last_name", "first_name", "birth_date", "gender"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the first line of a mapping is column,header,field"),
        ("column,header,field\nA,Born\n", "line 2 of the mapping does not have"),
        ("column,header,field\nA,Born,Shoe size\n", "line 2 of the mapping: the format"),
        ("column,header,field\nA,Born,dob\n", "required columns are not mapped"),
        (b"\xff\xfe\x00", "a mapping must be UTF-8 text"),
    ],
)
def test_a_file_that_is_no_mapping_is_refused(rosterline, tmp_path, text, reason):
    file = tmp_path / "mapping.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    refused = rosterline("mapping", "save", file, "-a", "clinic", "--json")
    assert refused.exit_code == 1
    assert reason in json.loads(refused.stderr)["message"]
