"""Bad rows: each fails or is repaired alone, with the line number of a spreadsheet."""

import pytest

from registry.accounts.accounts import add_account
from tests.files import METRIPORT_HEADER, METRIPORT_ROW, PTDIRECT_ROW, care, john, maria
from tests.importing import process, put

HEADER = "first name,last name,dob,gender,ehr id,city,notes"
MARIA = "Maria,Lopez,1961-05-27,F,E-1,Rome,"
JOHN = "John,Smith,1950-01-02,M,E-2,Oslo,"


@pytest.fixture
def send(database, connection, tmp_path):
    def send(content, format_name="thoroughcare"):
        account = add_account(connection, f"sends-{format_name}", format_name)
        connection.commit()
        imported = put(database, connection, account, content, folder=tmp_path)
        return process(database, connection, imported)

    return send


def lines(*rows, end="\n"):
    return end.join((HEADER, *rows, ""))


def numbers(done):
    return [row["line"] for row in done.rows]


def test_a_row_with_too_many_cells_fails_alone(send):
    done = send(lines(MARIA, JOHN + ",extra,cells"))
    assert done.outcomes == ["created", "errored"]
    assert done.messages(3) == ["the row has 9 fields where the header has 7"]


def test_a_row_with_too_few_cells_is_read_with_blanks(send):
    done = send(lines("Maria,Lopez,1961-05-27,F", "John,Smith"))
    assert done.outcomes == ["created", "errored"]
    assert done.codes(2)[0] == done.codes(3)[0] == "row_too_short"
    assert "missing_value" in done.codes(3)


def test_blank_rows_are_no_rows_but_their_lines_count(send):
    done = send(lines("", MARIA, ",,,,,,", "  ,, ,,,,", "", JOHN))
    assert numbers(done) == [3, 7]


def test_a_line_break_in_a_cell_does_not_count_as_a_row(send):
    done = send(lines(MARIA + '"one\ntwo\nthree"', JOHN, "x,y"))
    assert numbers(done) == [2, 3, 4]
    assert done.outcomes == ["created", "created", "errored"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_blank_lines_and_line_breaks_count_as_a_spreadsheet_counts(send, end):
    done = send(lines(MARIA + f'"a{end}b"', "", JOHN, "", "", "x,y", end=end))
    assert numbers(done) == [2, 4, 7]


def test_a_nul_character_fails_its_row_and_says_so(send):
    done = send(lines(MARIA.replace("Rome", "Ro\0me"), JOHN))
    assert done.outcomes == ["errored", "created"]
    assert done.messages(2) == ["city: contains a NUL character, which cannot be stored; remove it"]


def test_a_nul_character_in_a_value_that_is_refused_anyway_fails_its_row_only(send):
    done = send(lines(MARIA.replace("1961", "19\0"), JOHN))
    assert done.outcomes == ["errored", "created"]
    assert "nul_character" in done.codes(2)


def test_a_nul_character_in_a_header_that_is_not_used_does_not_stop_the_file(send):
    assert send(f"{HEADER},ex\0tra\n{MARIA},\n").outcomes == ["created"]


def test_a_cell_of_a_megabyte_fails_its_row_and_is_not_echoed_in_messages(send):
    done = send(lines(MARIA + "x" * 1_000_000, JOHN))
    assert done.outcomes == ["errored", "created"]
    assert done.codes(2) == ["cell_too_long"]
    assert all(len(message) < 300 for message in done.messages(2))


def test_a_megabyte_in_a_column_that_is_not_used_does_not_stop_the_file(send):
    content = f"{HEADER},extra\n{MARIA},{'x' * 1_000_000}\n{JOHN},\n"
    assert send(content).outcomes == ["errored", "created"]


def test_cells_that_look_like_formulas_come_back_as_they_were_sent(send):
    formulas = ['=HYPERLINK("http://x")', "@SUM(1)", "-1", "+1", "=1+1"]
    done = send(care(*(maria(city=formula, ehr=f"E-{i}") for i, formula in enumerate(formulas))))
    assert [row["City"] for row in done.result_rows()] == formulas


def test_a_message_never_starts_like_a_formula(send):
    done = send("=cmd()," + care(maria(born="x")).replace("\r\n", "\r\n,", 1))
    for row in done.result_rows():
        assert not row["Messages"].startswith(("=", "+", "@", "-"))


def test_dates_and_zips_that_a_spreadsheet_changed_are_repaired_with_a_warning(send, connection):
    header = "first name,last name,dob,gender,ehr id,zip"
    done = send(f"{header}\nMaria,Lopez,22428,F,00123,4101\n")
    assert done.outcomes == ["created"]
    assert set(done.codes(2)) == {"excel_serial_date", "zip_padded"}
    (born,) = connection.execute("SELECT birth_date::text FROM patient").fetchone()
    assert born == "1961-05-27"


def test_an_id_that_a_spreadsheet_rounded_fails_its_row(send):
    done = send(lines(MARIA.replace("E-1", "1.23E+11"), JOHN))
    assert done.outcomes == ["errored", "created"]
    assert done.codes(2) == ["id_in_scientific_notation"]


def test_leading_zeros_and_case_of_ids_are_kept(send, connection):
    send(lines(MARIA.replace("E-1", "00A1"), JOHN.replace("E-2", "0a1")))
    values = connection.execute("SELECT value FROM patient_identifier ORDER BY value").fetchall()
    assert values == [("00A1",), ("0a1",)]


def test_an_id_that_ends_a_copy_does_not_swallow_the_ids_after_it(send, connection):
    # "\." on a line of its own ends the data of a COPY before PostgreSQL 18.
    ids = ["\\.", "A-1", "A-2", "\\t", "NULLS", '"', "a,b"]
    people = [maria(ehr=each, last=f"Lopez{'abcdefg'[i]}") for i, each in enumerate(ids)]
    assert send(care(*people)).outcomes == ["created"] * len(ids)
    stored = connection.execute("SELECT value FROM patient_identifier").fetchall()
    assert sorted(value for (value,) in stored) == sorted(ids)


def test_ids_that_look_like_copy_syntax_are_found_again(database, connection, tmp_path):
    account = add_account(connection, "clinic", "thoroughcare")
    connection.commit()
    ids = ["\\.", "A-1", "\\t", "NULLS", '"']
    people = [maria(ehr=each, last=f"Lopez{'abcdefg'[i]}") for i, each in enumerate(ids)]
    for expected in ("created", "unchanged"):
        imported = put(database, connection, account, care(*people), folder=tmp_path)
        assert process(database, connection, imported).outcomes == [expected] * len(ids)


def test_quotes_inside_a_cell_are_read_as_people_mean_them(send):
    assert send(lines('Maria "Mia",Lopez,1961-05-27,F,E-1,,')).outcomes == ["created"]


def test_the_result_has_a_row_for_every_row_whatever_the_cells_hold(send):
    nasty = ['a "b" c', "one\ntwo", "x,y", "é 漢字 \U0001f600", "'", "\\", "\x1f", "\x0b"]
    done = send(care(*(maria(notes=each, ehr=f"E-{i}") for i, each in enumerate(nasty))))
    assert [row["Notes"] for row in done.result_rows()] == nasty
    assert len(done.rows) == len(nasty)


def test_the_file_of_failed_rows_can_be_corrected_and_sent_again(send, database, connection):
    done = send(care(maria(), john(born="soon"), maria(ehr="E-3", gender="?")))
    assert done.outcomes == ["created", "errored", "errored"]
    assert done.failed_rows.count("\r\n") == 3
    mended = done.failed_rows.replace("soon", "1950-01-02").replace("?", "f")
    account = add_account(connection, "again", "thoroughcare")
    imported = put(database, connection, account, mended, folder=database.home)
    assert process(database, connection, imported).outcomes == ["created", "created"]


def test_metriport_rows_fail_with_the_message_of_their_column(send):
    bad = METRIPORT_ROW.replace("1961-05-27", "tomorrow")
    done = send(f"{METRIPORT_HEADER}\n{METRIPORT_ROW}\n{bad}\n", "metriport")
    assert done.outcomes == ["created", "errored"]
    assert done.messages(3) == ["Missing/invalid dob"]


def test_a_metriport_file_without_a_required_column_fails_row_by_row(send):
    header, row = "firstName,lastName,gender", "Maria,Lopez,F"
    done = send(f"{header}\n{row}\n", "metriport")
    assert done.outcomes == ["errored"]
    assert "Missing/invalid dob" in done.messages(2)


def test_a_ptdirect_header_is_refused_where_none_is_allowed(send):
    header = "Internal_id,First name,Last name,Year of birth,Gender"
    done = send(f"{header}\n{PTDIRECT_ROW}\n", "ptdirect")
    assert done.outcomes == ["errored", "created"]
    assert done.codes(1) == ["header_not_allowed"]
    assert numbers(done) == [1, 2]
