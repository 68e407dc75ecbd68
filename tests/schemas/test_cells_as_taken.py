"""How a cell is taken, whatever its format and column: what carries no data makes no difference."""

from collections.abc import Iterator

import duckdb
import pytest

from rosters.value_macros import load_macros
from schemas.no_value import says_no_value
from tests.schemas.clinic import Clinic, found_and_expected
from tests.schemas.tables import csv_of, stage

HEADER = ["first name", "last name", "dob", "gender", "ehr id", "email", "zip", "notes"]
ANN = ["Ann", "Baker", "1950-01-02", "F", "M-1", "ann@example.org", "10001", "calls"]
FORMAT_CHARACTERS = "\u200b\u200e\u200f\u202a\u202e\u2060\ufeff\u00ad\u061c"
SPACES = "\u0085\u00a0\u1680\u2000\u2003\u200a\u2028\u2029\u202f\u205f\u3000\t\x0b\x0c\r\n"


@pytest.fixture(scope="module")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        load_macros(connection)
        yield connection


def taken(duck: duckdb.DuckDBPyConnection, cell: str, macro: str = "given") -> str | None:
    found = duck.execute(f"SELECT {macro}($1)", [cell]).fetchone()
    assert found is not None
    return found[0]


@pytest.mark.parametrize("sign", [*FORMAT_CHARACTERS, *SPACES])
def test_what_is_invisible_around_a_cell_is_no_part_of_it(sign: str):
    rows = [[sign + cell for cell in ANN], [cell + sign for cell in ANN]]
    staged = stage("thoroughcare", csv_of([HEADER, *rows, ANN]))
    assert staged.issues == []
    plain = {slot: value for slot, value in staged.rows[4].items() if slot != "line"}
    for line in (2, 3):
        assert {s: v for s, v in staged.rows[line].items() if s != "line"} == plain


@pytest.mark.parametrize("sign", FORMAT_CHARACTERS)
def test_format_characters_inside_a_cell_are_dropped(duck, sign: str):
    assert taken(duck, f"M{sign}-{sign}1") == "M-1"


def test_joiners_stay_inside_the_words_that_need_them(duck):
    words = ["می\u200cخواهم", "क्\u200dष", "ക്\u200d", "👩\u200d👧"]
    assert [taken(duck, word) for word in words] == words


def test_joiners_that_join_nothing_are_dropped(duck):
    cells = ["a\u200cb", "می\u200c", "\u200dAnn", "Ann\u200d", "\u200c"]
    assert [taken(duck, cell) for cell in cells] == ["ab", "می", "Ann", "Ann", None]


def test_composed_and_decomposed_letters_are_one_text(duck):
    assert taken(duck, "E\u0301-1") == taken(duck, "\u00c9-1") == "\u00c9-1"


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ('="00123"', "00123"),
        ("'00123", "00123"),
        ("=00123", "00123"),
        ("\x1f00123", "00123"),
        ("\t00123", "00123"),
        ("00\x1e12\x033\x1a", "00123"),
        ("'+12125550123", "+12125550123"),
        ('="Ann"', "Ann"),
        ("'t Hooft", "'t Hooft"),
        ("O'Brien", "O'Brien"),
        ("=1+1", "=1+1"),
    ],
)
def test_marks_that_say_text_are_unwrapped(duck, cell: str, meant: str):
    assert taken(duck, cell) == meant


def test_free_text_keeps_its_marks_and_has_one_kind_of_line_end(duck):
    assert taken(duck, '="5"', "given_text") == '="5"'
    ends = ["\r\n", "\r", "\n", "\u2028", "\u0085"]
    assert {taken(duck, f"one{end}two", "given_text") for end in ends} == {"one\ntwo"}


def test_dashes_of_an_id_are_one_dash(duck):
    assert {taken(duck, f"M{dash}1", "given_code") for dash in "-\u2010\u2011\u2013\u2212"} == {
        "M-1"
    }


def test_an_id_that_begins_with_a_text_mark_is_the_id(duck):
    assert taken(duck, "'E4589", "given_code") == "E4589"


@pytest.mark.parametrize(
    ("cell", "meant"),
    [("12345.0", "12345"), ("00123.000", "00123"), ("12345,0", "12345"), ("1,000", "1,000"),
     ("12.5", "12.5"), ("1.0.0", "1.0.0"), ("A1.0", "A1.0")],
)  # fmt: skip
def test_a_whole_number_loses_the_point_that_a_tool_gave_it(duck, cell: str, meant: str):
    assert taken(duck, cell, "given_code") == meant


def test_messages_show_what_is_invisible():
    rows = [["Ann", "Baker", "x\u200e1950-01-02", "F\u00a0M\u200b"]]
    staged = stage("thoroughcare", csv_of([HEADER[:4], *rows]))
    assert "Patient Birthday: x\\u200e1950-01-02 is not a date (use YYYY-MM-DD)" in staged.messages(
        2
    )
    assert "Patient Gender: F\\u00a0M\\u200b is not a gender" in staged.messages(2)


def test_the_senders_bytes_come_back_as_they_were(thoroughcare: Clinic):
    odd = ["\u200eAnn", '="Baker"', "1950-01-02\u2003", "F\u200b", "12345.0"]
    sent = thoroughcare.sends(csv_of([HEADER[:5], odd]))
    assert sent.outcomes == ["created"]
    assert [sent.result_rows()[0][header] for header in HEADER[:5]] == odd
    found, wanted = thoroughcare.holds(
        """
        first_name | last_name | birth_date | gender | identifier/ehr/value
        Ann        | Baker     | 1950-01-02 | F      | 12345
        """
    )
    assert found == wanted


def test_ids_that_a_tool_wrote_as_floats_find_their_patients(thoroughcare: Clinic):
    header = "first name,last name,dob,gender,ehr id,zip,home phone,policy id\n"
    thoroughcare.sends(header + "Ann,Baker,1950-01-02,F,12345,10001,2125550123,42\n")
    sent = thoroughcare.sends(header + "Ann,Baker,1950-01-02,F,12345.0,10001.0,2125550123.0,42.0\n")
    assert sent.outcomes == ["unchanged"]
    assert sent.codes().count("whole_number_with_point") == 4
    assert thoroughcare.count() == 1
    assert thoroughcare.reviews() == []


def test_notes_that_differ_in_their_line_ends_are_one_note(thoroughcare: Clinic):
    for end in ("\r\n", "\n", "\r"):
        thoroughcare.sends(csv_of([[*HEADER[:4], "notes"], [*ANN[:4], f"one{end}two"]]))
    found, wanted = thoroughcare.holds("first_name | note/body\n" + r"Ann | one\ntwo")
    assert found == wanted


@pytest.mark.parametrize(
    "word",
    ["N/A", "NA", "NULL", "null", "NONE", "nil", r"\N", "-", "--", ".", "?", "0", "000", "UNKNOWN",
     "unk", "TBD", "NaN", "Pending", "999", "99999999", "(null)", "<NA>", "0.0", "not available"],
)  # fmt: skip
def test_a_word_that_says_no_value_is_no_identifier(word: str):
    staged = stage("thoroughcare", csv_of([HEADER[:5], [*ANN[:4], word]]))
    assert staged.codes(2)[:1] == ["placeholder_id"]
    assert not staged.errored[2]
    assert staged.rows[2]["ehr_id"] is None


@pytest.mark.parametrize("word", ["N", "NA-1", "9", "99", "10", "100", r"\.", "A", "1-0", "UNK1"])
def test_an_id_that_only_resembles_such_a_word_stays(word: str):
    assert not says_no_value(word)
    staged = stage("thoroughcare", csv_of([HEADER[:5], [*ANN[:4], word]]))
    assert staged.rows[2]["ehr_id"] == word


def test_strangers_who_share_a_placeholder_are_different_patients(thoroughcare: Clinic):
    sent = thoroughcare.sends(
        """
        first name | last name | dob        | gender | ehr id
        Ann        | Baker     | 1950-01-02 | F      | N/A
        Bob        | Carter    | 1961-03-04 | M      | N/A
        Eve        | Fox       | 1994-09-10 | F      | 0
        Hugo       | Ince      | 1977-02-15 | M      | 0
        """
    )
    found, wanted = found_and_expected(
        sent,
        """
        line | outcome | codes
        2    | created | placeholder_id
        3    | created | placeholder_id
        4    | created | placeholder_id
        5    | created | placeholder_id
        """,
    )
    assert found == wanted


def test_text_of_a_web_page_is_stored_as_it_stands_and_named():
    rows = [["Jos&eacute;", "O&#39;Neil", *ANN[2:4]], ["Ann", "Smith & Co; Sons", *ANN[2:4]]]
    staged = stage("thoroughcare", csv_of([HEADER[:4], *rows]))
    assert staged.codes(2) == ["html_entity", "html_entity"]
    assert not staged.errored[2]
    assert staged.rows[2]["first_name"] == "Jos&eacute;"
    assert staged.codes(3) == []


@pytest.mark.parametrize("name", ["JosÃ©", "NÃºÃ±ez", "Oâ€™Brien", "MÃ¼ller", "Â°Ann"])
def test_letters_that_another_program_misread_are_stored_as_they_stand_and_named(name):
    staged = stage("thoroughcare", csv_of([HEADER[:4], [name, *ANN[1:4]]]))
    assert staged.codes(2) == ["misread_letters"]
    assert staged.rows[2]["first_name"] == name


@pytest.mark.parametrize("name", ["JoÃo", "MAGALHÃES", "Ângela", "MÃe", "IRMÃ", "Zoë’s", "Šárka"])
def test_letters_that_stand_in_names_are_not_taken_for_misread_ones(name):
    staged = stage("thoroughcare", csv_of([HEADER[:4], [name, *ANN[1:4]]]))
    assert (staged.codes(2), staged.rows[2]["first_name"]) == ([], name)


@pytest.mark.parametrize("mark", ["\x1f", "\x02", "\u200e", "\ufeff", "\u2060"])
def test_marks_before_every_cell_and_header_are_no_part_of_a_value(mark):
    rows = [HEADER[:5], [*ANN[:4], "00123"], ["Bob", *ANN[1:4], "00124"]]
    staged = stage("thoroughcare", csv_of([[mark + cell for cell in row] for row in rows]))
    assert staged.issues == []
    assert [row["ehr_id"] for row in staged.rows.values()] == ["00123", "00124"]
    assert [row["first_name"] for row in staged.rows.values()] == [ANN[0], "Bob"]


@pytest.mark.parametrize(
    "blank", ["\x1f", "\xad", "\u202a\u202c", "\u061c", "\u180e", "\u2003", "\t"]
)
@pytest.mark.parametrize("odd", ["", "\n"])  # of the second, our own reader reads the rows
def test_a_row_in_which_nothing_is_given_is_no_row(blank, odd):
    rows = [HEADER[:5], [*ANN[:4], "1"], [blank] * 5, ["Bob", *ANN[1:4], "2"]]
    staged = stage("thoroughcare", csv_of(rows) + odd)
    assert (list(staged.rows), staged.issues) == ([2, 4], [])


def test_cells_beyond_the_last_column_in_which_nothing_is_given_are_forgiven():
    rows = [HEADER[:5], [*ANN[:4], "1", "\xad", "\u2060", ""], ["Bob", *ANN[1:4], "2"]]
    staged = stage("thoroughcare", csv_of(rows))
    assert (list(staged.rows), staged.issues) == ([2, 3], [])


@pytest.mark.parametrize(
    "line", ['="Ann",="Baker",="1950-01-02",="F",="00123"', 'Ann,"Baker",1950-01-02,F,="00123"']
)
def test_the_text_mark_of_a_spreadsheet_is_no_stray_quote(line):
    staged = stage("thoroughcare", ",".join(HEADER[:5]) + "\n" + line + "\n")
    assert staged.issues == []
    assert (staged.rows[2]["first_name"], staged.rows[2]["ehr_id"]) == ("Ann", "00123")


def test_the_result_shows_the_key_that_was_taken_and_not_the_cell(ptdirect: Clinic):
    sent = ptdirect.sends(
        '="00123",Ann,Lee,1977,f\n\u200eC\u20112,Bob,Lee,1950,m\n 7.0 ,Cy,Lee,1951,m\n'
    )
    assert [row["Internal_id"] for row in sent.result_rows()] == ["00123", "C-2", "7"]
