"""ThoroughCare's result file, to the byte."""

from tests.schemas.clinic import Clinic

HEADER = "First Name,Last Name,DOB,Sex"
MARIA = "Maria,Lopez,1961-05-27,f"


def test_our_three_columns_come_first_and_the_input_follows_as_it_came(thoroughcare: Clinic):
    sent = thoroughcare.sends(
        "first_name ,LAST NAME,DOB,Sex,Home Phone,Score,Pet\r\n"
        "Maria ,Lopez,05/27/1961,F,+1 212 555 0123,-5,\r\n"
        'Juan,"Diaz, Jr.",13/45/2020,m,12,=1+1,"the ""old"" dog"\r\n'
    )
    patient = sent.patient(2)
    assert sent.result == (
        "Result,Messages,Patient ID,first_name ,LAST NAME,DOB,Sex,Home Phone,Score,Pet\r\n"
        'Created,"the whole file: columns that are not used: Score, Pet",'
        f"{patient},Maria ,Lopez,05/27/1961,F,+1 212 555 0123,-5,\r\n"
        "Errored,Patient Birthday: 13/45/2020 is not a date (use YYYY-MM-DD); "
        "Home Phone: 12 is not a phone number and was left out,,"
        'Juan,"Diaz, Jr.",13/45/2020,m,12,=1+1,"the ""old"" dog"\r\n'
    )


def test_the_failed_rows_file_holds_the_failed_rows_only(thoroughcare: Clinic):
    sent = thoroughcare.sends(f"{HEADER}\r\n{MARIA}\r\n,Diaz,1950-01-02,m\r\n")
    assert sent.failed_rows == (
        f"Result,Messages,Patient ID,{HEADER}\r\n"
        "Errored,Patient First Name: is required,,,Diaz,1950-01-02,m\r\n"
    )


def test_a_row_that_loads_may_carry_a_message(thoroughcare: Clinic):
    sent = thoroughcare.sends(f"{HEADER},Zip\r\n{MARIA},2101\r\n")
    (row,) = sent.result_rows()
    assert row["Result"] == "Created"
    assert row["Messages"].startswith("Zip Code: 2101 lost its leading zeros")


def test_line_breaks_in_a_cell_come_back_in_quotes(thoroughcare: Clinic):
    sent = thoroughcare.sends(f'{HEADER},Notes\r\n{MARIA},"one\ntwo\r\nthree"\r\n')
    assert sent.result.endswith(f',{MARIA},"one\ntwo\r\nthree"\r\n')


def test_quoted_and_unquoted_blanks_both_come_back_as_blank(thoroughcare: Clinic):
    sent = thoroughcare.sends(f'{HEADER},City,State\r\n{MARIA},"",\r\n')
    assert sent.result.endswith(f",{MARIA},,\r\n")


def test_blank_rows_are_skipped_and_line_numbers_are_those_of_the_spreadsheet(thoroughcare: Clinic):
    sent = thoroughcare.sends(f"{HEADER}\r\n\r\n{MARIA}\r\n,,,\r\nAna,Ruiz,1971-05-27,f\r\n")
    assert [row["line"] for row in sent.rows] == [3, 5]
    assert len(sent.result_rows()) == 2


def test_line_ends_of_every_kind_are_read_and_crlf_is_written(thoroughcare: Clinic):
    for end in ("\n", "\r\n", "\r"):
        sent = thoroughcare.sends(end.join([HEADER, MARIA, ""]))
        assert sent.result.count("\r\n") == sent.result.count("\n") == 2, repr(end)


def test_windows_1252_and_utf_16_come_back_as_utf_8(thoroughcare: Clinic):
    for encoding in ("cp1252", "utf-16"):
        sent = thoroughcare.sends(f"{HEADER}\r\nJosé,Lopez,1961-05-27,m\r\n".encode(encoding))
        assert sent.result.endswith(",José,Lopez,1961-05-27,m\r\n")


def test_a_message_that_a_spreadsheet_would_run_is_neutralised(thoroughcare: Clinic):
    long = "-" * 32_768
    for start in "=+-@":
        sent = thoroughcare.sends(f"{HEADER},{start}cmd()\r\n{MARIA},{long}\r\n")
        (row,) = sent.result_rows()
        assert row["Messages"].startswith(f"'{start}cmd(): has 32768 characters")
        assert row[f"{start}cmd()"] == long


def test_a_result_file_sent_again_is_recognised_and_our_columns_ignored(thoroughcare: Clinic):
    first = thoroughcare.sends(f"{HEADER},Zip\r\n{MARIA},2101\r\n")
    again = thoroughcare.sends(first.result)
    assert again.outcomes == ["unchanged"]
    assert again.result.splitlines()[0] == f"Result,Messages,Patient ID,{HEADER},Zip"
    assert again.patient(2) == first.patient(2)
    assert thoroughcare.holds("identifier/ehr/value\n x")[0] == [{"identifier/ehr/value": ""}]


def test_our_columns_are_recognised_wherever_a_spreadsheet_has_put_them(thoroughcare: Clinic):
    first = thoroughcare.sends(f"{HEADER}\r\n{MARIA}\r\n")
    patient = first.patient(2)
    assert patient is not None
    moved = thoroughcare.sends(
        f"{HEADER},Result,Messages,Patient ID\r\n{MARIA},Created,,{patient}\r\n"
    )
    assert moved.outcomes == ["unchanged"]
    assert moved.result.splitlines()[0] == f"Result,Messages,Patient ID,{HEADER}"


def test_the_mended_failed_rows_file_can_be_sent_as_it_is(thoroughcare: Clinic):
    first = thoroughcare.sends(f"{HEADER}\r\n{MARIA}\r\n,Diaz,1950-01-02,m\r\n")
    again = thoroughcare.sends(first.failed_rows.replace(",,,Diaz", ",,Juan,Diaz"))
    assert again.outcomes == ["created"]


def test_a_failed_file_gets_a_result_that_says_why(thoroughcare: Clinic):
    sent = thoroughcare.sends(f"{HEADER},DOB \r\n{MARIA},x\r\n")
    assert sent.imported.state == "failed"
    assert sent.result == (
        "Result,Messages,Patient ID\r\n"
        "Errored,the columns 'DOB' and 'DOB' mean the same field; keep one of them,\r\n"
    )


def test_a_file_that_is_no_csv_gets_a_result_as_well(thoroughcare: Clinic):
    sent = thoroughcare.sends("PK\x03\x04")
    assert sent.result == (
        "Result,Messages,Patient ID\r\n"
        "Errored,the file is a zip archive or workbook that is damaged or cut off; "
        "make it again and send it again,\r\n"
    )


def test_a_header_without_rows_fails_with_a_reason(thoroughcare: Clinic):
    sent = thoroughcare.sends(f"{HEADER}\r\n")
    assert sent.imported.state == "failed"
    assert sent.attempt.fault_code == "no_rows"


def test_a_row_longer_than_the_header_is_errored_and_comes_back_whole(thoroughcare: Clinic):
    sent = thoroughcare.sends(f"{HEADER}\r\nMaria,Lopez, Jr.,1961-05-27,f\r\n")
    assert sent.messages(2)[0] == "the row has 5 fields where the header has 4"
    assert sent.result.splitlines()[1].endswith(",Maria,Lopez, Jr.,1961-05-27,f")


def test_a_row_shorter_than_the_header_loads_with_a_warning(thoroughcare: Clinic):
    sent = thoroughcare.sends(f"{HEADER},City,State\r\n{MARIA},Boston\r\n")
    assert sent.outcomes == ["created"]
    assert sent.messages(2) == [
        "the row has 5 fields where the header has 6; the missing ones were read as blank"
    ]
