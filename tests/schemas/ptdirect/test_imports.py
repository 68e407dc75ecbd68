"""PT Direct's client import: who a client is, what an update does, what comes back."""

from tests.schemas.clinic import Clinic, found_and_expected

SAMPLE = "1234567890,John,Doe,1977,m,,0031611223344,abc-123,Acme Inc"


def says(sent, expected: str) -> None:
    found, wanted = found_and_expected(sent, expected)
    assert found == wanted


def holds(clinic: Clinic, expected: str) -> None:
    found, wanted = clinic.holds(expected)
    assert found == wanted


def test_the_internal_id_alone_decides(ptdirect: Clinic):
    ptdirect.sends("C-1,John,Doe,1977,m\n")
    sent = ptdirect.sends("C-1,John,Smith,1978,m,j@x.org\nc-1,John,Doe,1977,m\n")
    assert sent.outcomes == ["updated", "created"]
    holds(
        ptdirect,
        """
        identifier/internal/value | last_name | birth_year | contact/email/main/value
        C-1                       | Smith     | 1978       | j@x.org
        c-1                       | Doe       | 1977       |
        """,
    )


def test_the_same_file_again_is_unchanged(ptdirect: Clinic):
    ptdirect.sends(SAMPLE)
    sent = ptdirect.sends(SAMPLE)
    assert sent.outcomes == ["unchanged"]
    assert sent.result_rows()[0]["Outcome"] == "unchanged"


def test_an_empty_optional_field_keeps_what_is_stored(ptdirect: Clinic):
    ptdirect.sends("C-1,John,Doe,1977,m,j@x.org,0012125551212,abc,Acme\n")
    ptdirect.sends("C-1,John,Doe,1977,m,,,,\nC-1,John,Doe,1977,m\n")
    holds(
        ptdirect,
        """
        contact/email/main/value | contact/phone/mobile/value | condition/code | client_group/name
        j@x.org                  | +12125551212               | abc            | Acme
        """,
    )


def test_an_email_need_not_be_unique(ptdirect: Clinic):
    sent = ptdirect.sends("C-1,John,Doe,1977,m,j@x.org\nC-2,Jane,Roe,1980,f,j@x.org\n")
    assert sent.outcomes == ["created", "created"]


def test_an_id_that_comes_twice_updates_in_file_order_and_names_its_first_line(ptdirect: Clinic):
    sent = ptdirect.sends(
        "C-1,John,Doe,1977,m\nC-2,Jane,Roe,1980,f\nC-1,Johnny,Doe,1977,m\nC-1,Jo,Doe,1977,m\n"
    )
    says(
        sent,
        """
        line | outcome | codes             | says
        1    | created |                   |
        2    | created |                   |
        3    | updated | duplicate_in_file | the same patient was first seen on line 1
        4    | updated | duplicate_in_file | the same patient was first seen on line 1
        """,
    )
    holds(ptdirect, "first_name\n Jo\n Jane")


def test_another_name_and_year_all_at_once_update_with_a_warning(ptdirect: Clinic):
    ptdirect.sends("C-1,John,Doe,1977,m\nC-2,Jane,Roe,1980,f\n")
    sent = ptdirect.sends("C-1,Paul,Poe,1950,m\nC-2,Jane,Poe,1950,f\n")
    says(
        sent,
        """
        line | outcome | codes            | says
        1    | updated | identity_changed | first name, last name and year of birth all differ from what was stored under this key; check that the key was not given to another person
        2    | updated |                  |
        """,
    )
    holds(ptdirect, "first_name | last_name\n Paul | Poe\n Jane | Poe")


def test_a_new_spelling_of_the_name_is_no_other_identity(ptdirect: Clinic):
    ptdirect.sends("C-1,josé,o'brien,1977,m\n")
    sent = ptdirect.sends("C-1,JOSE,OBRIEN,1978,m\n")
    assert sent.codes() == []


def test_a_namesake_under_another_id_is_created_and_goes_to_review(ptdirect: Clinic):
    first = ptdirect.sends("C-1,John,Doe,1977,m\n")
    sent = ptdirect.sends("C-2,JOHN,DOE,1977,m\nC-3,John,Doe,1978,m\n")
    says(
        sent,
        f"""
        line | outcome | codes     | says
        1    | created | in_review | may be the same person as patient {first.patient(1)}; a person will judge (same name and birth)
        2    | created |           |
        """,
    )
    assert ptdirect.reviews() == [("same_name_and_birth", 1)]


def test_a_client_group_keeps_the_spelling_first_seen(ptdirect: Clinic):
    ptdirect.sends("C-1,John,Doe,1977,m,,,,Acme Inc\n")
    sent = ptdirect.sends("C-1,John,Doe,1977,m,,,,ACME INC\nC-2,Jane,Roe,1980,f,,,,acme inc\n")
    assert sent.outcomes == ["unchanged", "created"]
    holds(ptdirect, "client_group/name\n Acme Inc\n Acme Inc")


def test_within_one_file_too_the_first_spelling_of_a_group_counts(ptdirect: Clinic):
    ptdirect.sends("C-1,John,Doe,1977,m,,,,acme\nC-2,Jane,Roe,1980,f,,,,ACME\n")
    holds(ptdirect, "client_group/name\n acme\n acme")


def test_groups_that_differ_by_punctuation_are_two(ptdirect: Clinic):
    ptdirect.sends(
        "C-1,John,Doe,1977,m,,,,A+\nC-2,Jane,Roe,1980,f,,,,A-\nC-3,Ida,Poe,1980,f,,,,*\n"
    )
    holds(ptdirect, "client_group/name\n A+\n A-\n *")


def test_the_group_of_a_row_that_failed_is_not_created(ptdirect: Clinic):
    ptdirect.sends("C-1,John,Doe,,m,,,,Ghosts\n")
    assert ptdirect.connection.execute("SELECT count(*) FROM vocabulary").fetchone() == (0,)


def test_the_result_has_line_id_outcome_and_messages(ptdirect: Clinic):
    ptdirect.sends("C-1,John,Doe,1977,m\nC-4,Ann,Lee,1990,f\n")
    sent = ptdirect.sends(
        "C-1,John,Doe,1977,m\nC-2,Jane,Roe,1980,x\nC-3,Ida,Poe,1980,f,bad\nC-4,Ann,Ray,1990,f\n"
    )
    assert sent.result == (
        "Line,Internal_id,Outcome,Messages\r\n"
        "1,C-1,unchanged,\r\n"
        "2,C-2,errored,Gender: x is not m or f\r\n"
        "3,C-3,created,Email: bad is not an e-mail address and was not stored\r\n"
        "4,C-4,updated,\r\n"
    )


def test_the_failed_rows_come_in_the_inputs_own_layout_ready_to_fix(ptdirect: Clinic):
    sent = ptdirect.sends(
        'C-1,John,Doe,1977,m\n C-2 ,"Jane, Dr.",Roe,1980,x,,0012125551212,,Acme\n'
    )
    assert sent.failed_rows == 'C-2 ,"Jane, Dr.",Roe,1980,x,,0012125551212,,Acme\r\n'
    mended = ptdirect.sends(sent.failed_rows.replace(",x,", ",f,"))
    assert mended.outcomes == ["created"]


def test_line_numbers_are_those_of_the_spreadsheet(ptdirect: Clinic):
    sent = ptdirect.sends('C-1,"Jo\nhn",Doe,1977,m\n\nC-2,Jane,Roe,1980,f\n')
    assert [row["line"] for row in sent.rows] == [1, 3]
    holds(ptdirect, "first_name\n Jo hn\n Jane")


def test_a_thousand_clients_load_and_one_more_fails_the_file_before_anything_is_written(
    ptdirect: Clinic,
):
    rows = [f"C-{n},John,Doe{n},1977,m" for n in range(1_001)]
    full = ptdirect.sends("\n\n".join(rows[:1_000]))
    assert full.attempt.counts["created"] == 1_000
    sent = ptdirect.sends("\n".join(rows))
    assert sent.imported.state == "failed"
    assert sent.attempt.fault_code == "too_many_rows"
    assert sent.imported.reason == (
        "the file has 1,001 rows, at most 1,000 are allowed; nothing was imported, "
        "split it into several files"
    )
    assert sent.result == (
        f'Line,Internal_id,Outcome,Messages\r\n,,errored,"{sent.imported.reason}"\r\n'
    )
    assert ptdirect.count() == 1_000
