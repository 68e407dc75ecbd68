"""What is said about a file as a whole reaches its sender with the first row of the result."""

import pytest

from tests.importing import process

HEADER = "First Name,Last Name,DOB,Sex"
ROWS = ("Maria,Lopez,1961-05-27,f", "Juan,Diaz,1950-01-02,m")
UNUSED = "the whole file: columns that are not used: Shoe Size"


def table(*lines):
    return "\r\n".join([*lines, ""])


def test_a_column_that_is_not_used_is_told_where_all_else_is_fine(thoroughcare):
    sent = thoroughcare.sends(table(f"{HEADER},Shoe Size", *(f"{row},38" for row in ROWS)))
    assert [(row["Result"], row["Messages"]) for row in sent.result_rows()] == [
        ("Created", UNUSED),
        ("Created", ""),
    ]


def test_what_is_said_of_the_first_row_itself_comes_first(thoroughcare):
    sent = thoroughcare.sends(table(f"{HEADER},Shoe Size", "Maria,Lopez,soon,f,38"))
    (row,) = sent.result_rows()
    assert row["Messages"].startswith("Patient Birthday: soon is not a date")
    assert row["Messages"].endswith(f"; {UNUSED}")
    assert UNUSED in sent.failed_rows


def test_several_notes_are_all_told(thoroughcare):
    text = table(f"{HEADER},Shoe Size", f"{ROWS[0]},38").replace(",", ";")
    sent = thoroughcare.sends(text.replace("Lopez", "Núñez").encode("cp1252"))
    (row,) = sent.result_rows()
    assert UNUSED in row["Messages"]
    assert "the whole file: the fields are separated by a semicolon" in row["Messages"]
    assert sum(code in sent.codes(0) for code in ("encoding_recognised", "unknown_column")) == 2
    assert row["Messages"].count("the whole file: ") == len(sent.codes(0))


def test_the_first_row_is_the_first_record_wherever_it_stands(thoroughcare):
    sent = thoroughcare.sends(table(f"{HEADER},Shoe Size", "", "", f"{ROWS[0]},38"))
    assert [row["Messages"] for row in sent.result_rows()] == [UNUSED]


def test_metriport_tells_it_as_a_warning_and_no_reason(metriport):
    header = "firstName,lastName,dob,gender,addressLine1,city,state,zip,Shoe Size"
    sent = metriport.sends(
        table(header, "Maria,Lopez,1961-05-27,F,1 Main Street,Portland,ME,04101,38")
    )
    (row,) = sent.result_rows()
    assert (row["status"], row["reason"], row["warnings"]) == ("succeeded", "", UNUSED)


def test_ptdirect_tells_it_among_the_messages(ptdirect):
    sent = ptdirect.sends("C-1,John,Doe,1977,m\nC-2,Ada,Roe,1978,f\n")
    # The format has no note of its own today; the ledger is what a result is made from.
    ptdirect.connection.execute(
        "INSERT INTO row_issue (import_id, attempt, line, ordinal, code, severity, message)"
        " VALUES (%s, 1, 0, 0, 'encoding_recognised', 'info', 'read as such')",
        (sent.imported.id,),
    )
    made = process(ptdirect.settings, ptdirect.connection, sent.imported, stages=("result_files",))
    assert [row["Messages"] for row in made.result_rows()] == ["the whole file: read as such", ""]


@pytest.mark.parametrize("again", [1, 2])
def test_the_result_is_made_again_byte_for_byte(thoroughcare, again):
    sent = thoroughcare.sends(table(f"{HEADER},Shoe Size", f"{ROWS[0]},38"))
    for _ in range(again):
        made = process(
            thoroughcare.settings, thoroughcare.connection, sent.imported, stages=("result_files",)
        )
        assert made.result == sent.result
