"""However many stray quotes a roster gets: no patient is missing and nothing is said of it."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.errors import FileFault
from tests.schemas.tables import csv_of, engine, stage

CARE = ["first name", "last name", "dob", "gender", "ehr id", "city", "notes", "home phone"]
NOTES = ["", "ok", "calls, then mails", 'says "later"', "one\ntwo, three"]


def care(number: int, note: str, place: int, city: str) -> list[str]:
    row = [f"Ann{number}", "Baker", "1950-01-02", "F", f"E-{number}", city, "2125550123"]
    return [*row[:place], note, *row[place:]]


def desk(number: int, note: str, place: int, group: str) -> list[str]:
    row = [f"E-{number}", f"Ann{number}", "Baker", "1950", "f", "", "", note, group]
    return row[: [5, 8, 9][place % 3]]


def with_stray_quotes(rows: list[list[str]], hits: list[int]) -> str:
    """The rows with a quote too much at the beginning of some cells, counted from the first."""
    written = [[csv_of([[cell]]).removesuffix("\r\n") for cell in row] for row in rows]
    written = [["" if cell == '""' else cell for cell in row] for row in written]
    places = [(line, index) for line, row in enumerate(written) for index in range(len(row))]
    for line, index in {places[hit % len(places)] for hit in hits}:
        written[line][index] = '"' + written[line][index]
    return "".join(",".join(row) + "\n" for row in written)


def check(format_name: str, content: str, rows: list[list[str]], header: list[str]) -> None:
    """Each patient is staged, or a word is said on the row in which they stand."""
    head = csv_of([header]).replace("\r\n", "\n") if header else ""
    try:
        staged = stage(format_name, head + content)
    except FileFault:
        return
    spoken_of = {line for line, *_ in staged.issues}
    found = {row.get("ehr_id") or row.get("internal_id") for row in staged.rows.values()}
    raw = engine().execute("SELECT line, raw::VARCHAR FROM raw").fetchall()
    for number in range(len(rows)):
        standing = [line for line, text in raw if f"E-{number}" in text]
        assert standing
        assert f"E-{number}" in found or spoken_of.intersection(standing)


hits = st.lists(st.integers(0, 100), min_size=1, max_size=5)
people = st.lists(
    st.tuples(st.sampled_from(NOTES), st.sampled_from(["Rome", "", "Troy, NY"])),
    min_size=2,
    max_size=5,
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(people=people, place=st.integers(1, 7), hits=hits)
@example(people=[("", "Rome")] * 3, place=7, hits=[7, 15])
@example(people=[("x", "Rome"), ("one\ntwo, three", "Rome")], place=6, hits=[6, 14])
@example(people=[("", ""), ("", "")], place=5, hits=[4, 5, 7, 14])
def test_no_patient_of_a_file_with_a_header_is_missing_in_silence(people, place, hits):
    rows = [care(n, note, place, city) for n, (note, city) in enumerate(people)]
    header = [*CARE[:6], CARE[7]]
    header.insert(place, "notes")
    check("thoroughcare", with_stray_quotes(rows, hits), rows, header)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(people=people, place=st.integers(0, 2), hits=hits)
@example(people=[("", ""), ("", "")], place=2, hits=[5, 14])
def test_no_client_of_a_file_without_a_header_is_missing_in_silence(people, place, hits):
    rows = [desk(n, note, place + n, group) for n, (note, group) in enumerate(people)]
    check("ptdirect", with_stray_quotes(rows, hits), rows, [])


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_row_with_fewer_cells_in_a_note_is_not_told_from_a_note(end):
    """What nothing can tell, as decision 013 says."""
    lines = ["first name,last name,dob,gender,notes", 'Ann,Baker,1950-01-02,F,"call', 'Bob,Lee"']
    staged = stage("thoroughcare", end.join([*lines, ""]))
    assert staged.issues == []
