"""Issues of rows whose quotes break RFC 4180, in every format."""

import pytest

from tests.files import METRIPORT_HEADER
from tests.schemas.tables import stage

CARE = "First Name,Last Name,DOB,Sex,EHR ID,Notes,City"


def care(line: str):
    return stage("thoroughcare", f"{CARE}\n{line}\nCy,Dole,1950-01-02,F,E-9,ok,Rome\n")


def verdict(staged, line: int = 2) -> tuple[list[str], bool]:
    return staged.codes(line), staged.errored[line]


@pytest.mark.parametrize(
    ("line", "slot", "value"),
    [
        ('"Robert "Bob"",Smith,1950-01-02,M,E-1,ok,Rome', "first_name", 'Robert "Bob"'),
        ('Ann, "Baker",1950-01-02,F,E-1,ok,Rome', "last_name", "Baker"),
        (r'Ann,Baker,1950-01-02,F,E-1,"he \"said\", so",Rome', "notes", 'he "said", so'),
        ('Ann,Baker,1950-01-02,F,E-1,"6" ruler",Rome', "notes", '6" ruler'),
        ('Ann,Baker,1950-01-02,F, "E-1" ,ok,Rome', "ehr_id", "E-1"),
    ],
)
def test_a_plain_value_is_read_as_meant_with_a_warning(line, slot, value):
    staged = care(line)
    assert verdict(staged) == (["stray_quote"], False)
    assert staged.rows[2][slot] == value
    assert f"it was read as {value} (inside" in staged.messages(2)
    assert staged.codes(3) == []


@pytest.mark.parametrize(
    "line",
    [
        '"Bob" Lee,Smith,1950-01-02,M,E-1,ok,Rome',
        'Ann,Baker",1950-01-02,F,E-1,ok,Rome',
        'Ann,Baker,1950-01-02,F,"E"-1,ok,Rome',
    ],
)
def test_a_doubtful_name_birthday_or_identifier_fails_its_row_alone(line):
    staged = care(line)
    assert "stray_quote" in staged.codes(2)
    assert staged.errored == {2: True, 3: False}
    assert "it cannot be said what is meant" in staged.messages(2)


def test_a_doubtful_note_is_stored_as_it_stands_with_a_warning():
    staged = care('Ann,Baker,1950-01-02,F,E-1,"no" she said,Rome')
    assert verdict(staged) == (["stray_quote"], False)
    assert staged.rows[2]["notes"] == '"no" she said'


def test_several_doubtful_cells_fail_the_row_because_others_may_have_moved():
    staged = care('Ann,Baker,1950-01-02,F,E-1,"x" y,z"')
    assert verdict(staged) == (["stray_quote", "stray_quote"], True)
    short = care('Ann,Baker,1950-01-02,F,E-1,"x" y')
    assert short.errored[2]


def test_two_stray_quotes_that_swallow_rows_are_warned_of_on_either_way_of_reading():
    swallowing = '"call\nBob,Carter,1951-01-02,M,E-2,ok,Rome\nCleo,Dunn,1952-01-02,F,E-3,later"'
    for other in ("Rome", "Rome \r\n"):  # mixed line ends are read by our own reader
        staged = care(f"Ann,Baker,1950-01-02,F,E-1,{swallowing},{other}")
        assert verdict(staged) == (["rows_within_cell"], False)
        assert "2 line ends and looks as if whole rows" in staged.messages(2)


def test_a_note_of_several_lines_is_no_swallowed_row():
    staged = care('Ann,Baker,1950-01-02,F,E-1,"one, two\nthree, four, five\nsix",Rome')
    assert verdict(staged) == ([], False)


def test_metriport_and_ptdirect_say_the_same():
    row = '"Robert "Bob"",Smith,1950-01-02,M,1 Main St,Albany,NY,12203'
    staged = stage("metriport", f"{METRIPORT_HEADER}\n{row}\n")
    assert verdict(staged) == (["stray_quote"], False)
    desk = stage("ptdirect", '"K-1", "Robert "Bob"",Smith,1950,m\n"K"-2,Ann,Baker,1950,f\n')
    assert verdict(desk, 1) == (["stray_quote"], False)
    assert verdict(desk, 2) == (["stray_quote"], True)


@pytest.mark.parametrize("tail", [",", ",,,", ", ,\t,"])
def test_blank_cells_beyond_the_last_column_are_forgiven_in_every_format(tail):
    desk = stage("ptdirect", f"K-1,Ann,Baker,1950,f,,,,grp{tail}\n")
    assert verdict(desk, 1) == ([], False)
    assert verdict(care(f'"Ann",Baker,1950-01-02,F,E-1,ok,Rome{tail}')) == ([], False)
    assert stage("ptdirect", f"K-1,Ann,Baker,1950,f,,,,grp{tail}x\n").errored[1]


@pytest.mark.parametrize(
    "blank", ["\x1a", "\x0c", "\x0b", " \t\xa0", "\x0c,\x0b,,", "\ufeff", "\u2003"]
)
def test_a_row_of_white_space_and_control_characters_is_blank(blank):
    assert list(care(blank).rows) == [3]
    assert list(stage("ptdirect", f"K-1,Ann,Baker,1950,f\n{blank}\n").rows) == [1]


def test_the_line_for_excel_is_refused_as_a_header_is_where_there_is_none():
    staged = stage("ptdirect", "sep=,\nK-1,Ann,Baker,1950,f\n")
    assert verdict(staged, 1) == (["header_not_allowed"], True)
    assert staged.errored[2] is False
