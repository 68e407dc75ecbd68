"""What an update by a ThoroughCare file does to a stored patient."""

from tests.schemas.clinic import Clinic, found_and_expected
from tests.schemas.tables import csv_of

HEAD = "First Name | Last Name | DOB | Sex | EHR ID"
MARIA = "Maria | Lopez | 1961-05-27 | f | 1"


def sends(clinic: Clinic, headers: str, *rows: str):
    lines = [f"{HEAD} | {headers}", *(f"{MARIA} | {row}" for row in rows)]
    return clinic.sends("\n" + "\n".join(lines))


def holds(clinic: Clinic, expected: str) -> None:
    found, wanted = clinic.holds(expected)
    assert found == wanted


def test_everything_a_row_can_carry_is_stored(thoroughcare: Clinic):
    sent = sends(
        thoroughcare,
        "CCM Enrollment Date | Care Manager First Name | Care Manager Last Name | Home Phone"
        " | Street | State | Zip | ICD10 Code | Primary Insurance | Policy ID | Secondary Insurance"
        " | Risk Score | Flags | Department | Language | Medications | Notes | Email",
        "2025-01-31 | Ann | Lee | 212-555-0123 | 1 Main St | New York | 10001 | E11.9;I10 | Acme"
        " | 007 | Zenith | 2.50 | Fall risk;Deaf | Cardiology | Spanish | Aspirin | Call late"
        " | M@X.ORG",
    )
    assert sent.outcomes == ["created"]
    assert sent.codes() == []
    holds(
        thoroughcare,
        """
        enrolment/ccm/enrolled_on | care_manager_last_name | contact/phone/home/value
        2025-01-31                | Lee                    | +12125550123
        """,
    )
    holds(
        thoroughcare,
        """
        address/home/line1 | address/home/state | address/home/postal_code | condition/code
        1 Main St          | NY                 | 10001                    | E11.9 + I10
        """,
    )
    holds(
        thoroughcare,
        """
        coverage/primary/payer | coverage/primary/policy_id | coverage/secondary/payer | risk_score
        Acme                   | 007                        | Zenith                   | 2.5
        """,
    )
    holds(
        thoroughcare,
        """
        flag/name        | department | language | medication/name | note/body | contact/email/main/value
        Fall risk + Deaf | Cardiology | es       | Aspirin         | Call late | m@x.org
        """,
    )


def test_a_blank_keeps_what_is_stored(thoroughcare: Clinic):
    sends(thoroughcare, "City | Language", "Boston | Spanish")
    sent = sends(thoroughcare, "City | Language", "Salem |")
    assert sent.outcomes == ["updated"]
    holds(thoroughcare, "address/home/city | language\n Salem | es")


def test_an_absent_column_keeps_what_is_stored(thoroughcare: Clinic):
    sends(thoroughcare, "City | Language", "Boston | Spanish")
    sends(thoroughcare, "City", "Salem")
    holds(thoroughcare, "address/home/city | language\n Salem | es")


def test_an_invalid_value_keeps_what_is_stored(thoroughcare: Clinic):
    sends(thoroughcare, "Home Phone", "212-555-0123")
    sends(thoroughcare, "Home Phone", "12")
    holds(thoroughcare, "contact/phone/home/value\n +12125550123")


def test_na_clears_an_optional_field(thoroughcare: Clinic):
    headers = "City | State | Language | Flags | ICD10 Code | Home Phone | Risk Score | Notes"
    sends(
        thoroughcare,
        headers,
        "Boston | MA | Spanish | Deaf;Frail | I10;E11.9 | 212-555-0123 | 2 | Hm",
    )
    sent = sends(thoroughcare, headers, "#N/A | | #n/a | #N/A | #N/A | #N/A | #N/A | #N/A")
    assert sent.outcomes == ["updated"]
    assert sent.codes() == []
    holds(
        thoroughcare,
        """
        address/home/city | address/home/state | language | flag/name | condition/code | contact/phone/home/value | risk_score | note/body
                          | MA                 |          |           |                |                          |            |
        """,
    )


def test_na_in_a_required_field_fails_the_row(thoroughcare: Clinic):
    sent = thoroughcare.sends(f"\n{HEAD}\nMaria | Lopez | #N/A | f | 1")
    assert sent.messages(2) == ["Patient Birthday: is required"]


def test_na_where_nothing_is_stored_is_no_new_information(thoroughcare: Clinic):
    sends(thoroughcare, "City", "")
    assert sends(thoroughcare, "City", "#N/A").outcomes == ["unchanged"]


def test_na_in_a_new_patients_row_stores_nothing(thoroughcare: Clinic):
    assert sends(thoroughcare, "City", "#N/A").outcomes == ["created"]
    holds(thoroughcare, "first_name | address/home/city\n Maria |")


def test_na_for_one_name_of_a_care_manager_never_leaves_half_a_name(thoroughcare: Clinic):
    headers = "Care Manager First Name | Care Manager Last Name"
    sends(thoroughcare, headers, "Ann | Lee")
    sent = sends(thoroughcare, headers, "#N/A |", "#N/A | Ray")
    assert sent.codes(2) == ["care_manager_incomplete", "no_new_information"]
    assert sent.codes(3) == ["care_manager_incomplete", "duplicate_in_file", "no_new_information"]
    holds(thoroughcare, "care_manager_first_name | care_manager_last_name\n Ann | Lee")
    sends(thoroughcare, headers, "#N/A | #N/A")
    holds(thoroughcare, "first_name | care_manager_first_name | care_manager_last_name\n Maria | |")


def test_lists_gain_what_is_new_and_lose_nothing(thoroughcare: Clinic):
    headers = "Flags | ICD10 Code | Medications"
    sends(thoroughcare, headers, "Deaf | I10 | Aspirin")
    sent = sends(thoroughcare, headers, "Frail;DEAF | E11.9;i10 | Insulin")
    assert sent.outcomes == ["updated"]
    holds(
        thoroughcare,
        """
        flag/name    | condition/code | medication/name
        Deaf + Frail | I10 + E11.9    | Aspirin + Insulin
        """,
    )


def test_medications_that_differ_by_a_decimal_point_are_two(thoroughcare: Clinic):
    sends(thoroughcare, "Medications | Flags", "Xarelto 2.5 mg;Xarelto 25 mg | Rh+;Rh-;***")
    holds(
        thoroughcare,
        """
        medication/name                | flag/name
        Xarelto 2.5 mg + Xarelto 25 mg | Rh+ + Rh- + ***
        """,
    )


def test_notes_are_appended_and_the_same_note_is_not_added_twice(thoroughcare: Clinic):
    sends(thoroughcare, "Notes", "Call late")
    assert sends(thoroughcare, "Notes", r"Has a dog\nand a cat").outcomes == ["updated"]
    assert sends(thoroughcare, "Notes", "Call late").outcomes == ["unchanged"]
    holds(thoroughcare, r"note/body" + "\n" + r"Call late + Has a dog\nand a cat")


def test_a_row_with_nothing_new_reads_updated_and_counts_as_unchanged(thoroughcare: Clinic):
    sends(thoroughcare, "City | Flags", "Boston | Deaf")
    sent = sends(thoroughcare, "City | Flags", "Boston | deaf")
    found, wanted = found_and_expected(
        sent,
        """
        line | outcome   | says                | codes
        2    | unchanged | No new information. | no_new_information
        """,
    )
    assert found == wanted
    assert [(r["Result"], r["Messages"]) for r in sent.result_rows()] == [
        ("Updated", "No new information.")
    ]
    assert sent.attempt.counts == {"created": 0, "updated": 0, "unchanged": 1, "errored": 0}


def test_a_department_is_created_when_new_and_keeps_the_spelling_first_seen(thoroughcare: Clinic):
    sends(thoroughcare, "Department", "Cardiology")
    assert sends(thoroughcare, "Department", "CARDIOLOGY").outcomes == ["unchanged"]
    names = thoroughcare.connection.execute("SELECT field, name FROM vocabulary").fetchall()
    assert names == [("department", "Cardiology")]


def test_departments_that_differ_by_punctuation_only_are_two(thoroughcare: Clinic):
    sent = thoroughcare.sends(
        csv_of(
            [
                ["First Name", "Last Name", "DOB", "Sex", "Department"],
                ["Maria", "Lopez", "1961-05-27", "f", "Team 1.1"],
                ["Ana", "Ruiz", "1971-05-27", "f", "Team 11"],
                ["Eva", "Paz", "1981-05-27", "f", "***"],
            ]
        )
    )
    assert sent.outcomes == ["created"] * 3
    holds(thoroughcare, "department\n Team 1.1\n Team 11\n ***")


def test_a_moved_patient_gets_the_new_address_in_place_of_the_old_one(thoroughcare: Clinic):
    sends(thoroughcare, "Street | City | State | Zip", "1 Main St | Boston | MA | 02101")
    sends(thoroughcare, "Street | City | State | Zip", "2 Oak Ave | Salem | MA | 01970")
    holds(
        thoroughcare,
        """
        address/line1 | address/city | address/state | address/postal_code
        2 Oak Ave     | Salem        | MA            | 01970
        """,
    )


def test_any_part_of_an_address_may_come_alone(thoroughcare: Clinic):
    sent = sends(thoroughcare, "Zip", "02101")
    assert sent.outcomes == ["created"]
    assert sent.codes() == []
    holds(thoroughcare, "address/home/line1 | address/home/postal_code\n | 02101")


def test_an_older_file_that_comes_late_does_not_beat_a_newer_one(thoroughcare: Clinic):
    from datetime import timedelta

    from tests.schemas.clinic import RECEIVED_AT

    sends(thoroughcare, "City", "Boston")
    sent = thoroughcare.sends(
        f"\n{HEAD} | City\n{MARIA} | Salem", at=RECEIVED_AT - timedelta(days=1)
    )
    assert sent.outcomes == ["unchanged"]
    assert sent.codes(2) == ["kept_newer_value", "no_new_information"]
    holds(thoroughcare, "address/home/city\n Boston")
