"""Metriport's bulk create: who a patient is, what an update adds, what comes back."""

import pytest

from registry.accounts.accounts import add_cohort, add_facility
from tests.schemas.clinic import Clinic, found_and_expected
from tests.schemas.tables import as_csv

HEAD = "firstName | lastName | dob | gender | addressLine1 | city | state | zip"
MARY = "Mary | Poe | 1951-05-05 | F | 1 Main St | Boston | MA | 02101"


def sends(clinic: Clinic, *rows: str, headers: str = "", **how):
    return clinic.sends("\n" + "\n".join([HEAD + headers, *rows]), **how)


def holds(clinic: Clinic, expected: str) -> None:
    found, wanted = clinic.holds(expected)
    assert found == wanted


@pytest.mark.parametrize(
    ("row", "outcome"),
    [
        ("MARY | POE | 05/05/1951 | female | 9 Oak Ave | Salem | MA | 02101-1234", "updated"),
        ("Máry | P'oe | 1951-05-05 | F | 1 Main St | Boston | MA | 02101", "updated"),
        ("Mary | Poe | 1951-05-05 | F | 1 Main St | Boston | MA | 02102", "created"),
        ("Mary | Poe | 1951-05-06 | F | 1 Main St | Boston | MA | 02101", "created"),
        ("Mary | Poe | 1951-05-05 | U | 1 Main St | Boston | MA | 02101", "created"),
        ("Marie | Poe | 1951-05-05 | F | 1 Main St | Boston | MA | 02101", "created"),
        ("Mary Ann | Poe | 1951-05-05 | F | 1 Main St | Boston | MA | 02101", "created"),
    ],
)
def test_names_dob_gender_and_a_common_zip_make_a_match(metriport: Clinic, row: str, outcome: str):
    sends(metriport, MARY)
    assert sends(metriport, row).outcomes == [outcome]


def test_mcdonald_and_several_names_compare_folded(metriport: Clinic):
    first = metriport.sends(as_csv(f"{HEAD}\nJohn,Jonathan | McDonald {MARY[10:]}"))
    again = metriport.sends(as_csv(f"{HEAD}\nJohn Jonathan | MCDONALD {MARY[10:]}"))
    assert first.outcomes == ["created"]
    assert again.patient(2) == first.patient(2)


def test_any_zip_in_common_is_enough(metriport: Clinic):
    more = " | addressLine1-2 | city-2 | state-2 | zip-2"
    sends(metriport, f"{MARY} | 5 Elm Rd | Salem | MA | 01970", headers=more)
    assert sends(metriport, MARY.replace("02101", "01970")).outcomes == ["updated"]
    assert metriport.count() == 1


def test_a_stored_patient_without_an_address_matches_any_zip(metriport: Clinic):
    sends(metriport, MARY)
    metriport.connection.execute("DELETE FROM patient_address")
    metriport.connection.commit()
    assert sends(metriport, MARY.replace("02101", "90210")).outcomes == ["updated"]
    assert metriport.count() == 1


def test_of_several_hits_the_oldest_is_taken_with_a_warning(metriport: Clinic):
    first = sends(metriport, MARY, MARY.replace("02101", "01970"))
    assert first.outcomes == ["created", "created"]
    more = " | addressLine1-2 | city-2 | state-2 | zip-2"
    sent = sends(metriport, f"{MARY} | 5 Elm Rd | Salem | MA | 01970", headers=more)
    found, wanted = found_and_expected(
        sent,
        """
        line | outcome | codes           | says
        2    | updated | ambiguous_match | 2 patients match this row; the oldest was taken
        """,
    )
    assert found == wanted
    assert sent.patient(2) == first.patient(2)
    assert sent.result_rows()[0]["warnings"] == "2 patients match this row; the oldest was taken"


def test_a_namesake_at_another_zip_is_created_and_goes_to_review(metriport: Clinic):
    sends(metriport, MARY)
    sent = sends(metriport, MARY.replace("02101", "90210"))
    assert sent.codes(2) == ["in_review"]
    assert metriport.reviews() == [("same_name_and_birth", 2)]


def test_of_two_rows_of_one_file_the_second_updates_the_first(metriport: Clinic):
    sent = sends(metriport, f"{MARY} | 2125550123", f"{MARY} | 2125550124", headers=" | phone")
    assert sent.outcomes == ["created", "updated"]
    assert sent.patient(2) == sent.patient(3)
    holds(metriport, "contact/value\n +12125550123 + +12125550124")


def test_the_external_id_is_no_key_for_matching(metriport: Clinic):
    sent = sends(metriport, f"{MARY} | 7", f"Jane | Roe {MARY[10:]} | 7", headers=" | externalId")
    assert sent.outcomes == ["created", "created"]


def test_id_goes_before_external_id(metriport: Clinic):
    headers = " | externalId | id"
    sends(metriport, f"{MARY} | ext | own", headers=headers)
    holds(metriport, "identifier/external/value\n own")
    sends(metriport, f"{MARY} | ext |", headers=headers)
    holds(metriport, "identifier/external/value\n ext")


def test_everything_a_row_can_carry_is_stored(metriport: Clinic):
    headers = (
        " | phone | email-1 | ssn | driversLicenceNo | driversLicenceState | hieOptOut | externalId"
    )
    cells = " | 212-555-0123 | M@Poe.org | 123-45-6789 | d12 | ca | TRUE | x7"
    sent = sends(metriport, MARY + cells, headers=headers)
    assert sent.outcomes == ["created"]
    holds(
        metriport,
        """
        identifier/value          | contact/value              | hie_opt_out | address/city | birth_date
        123456789 + D12 + x7      | +12125550123 + mary@poe.org | true       | Boston       | 1951-05-05
        """.replace("mary@", "m@").replace("123456789 + D12 + x7 ", "x7 + 123456789 + D12 "),
    )


def test_an_update_adds_addresses_and_contacts_once(metriport: Clinic):
    headers = " | phone | email"
    sends(metriport, f"{MARY} | 2125550123 | m@poe.org", headers=headers)
    moved = MARY.replace("1 Main St", "9 Oak Ave")
    sends(metriport, f"{moved} | 2125550124 | M@POE.org", headers=headers)
    shouted = MARY.replace("1 Main St", "1 MAIN ST.").replace("Boston", "BOSTON")
    again = sends(metriport, f"{shouted} | (212) 555-0123 |", headers=headers)
    assert again.outcomes == ["unchanged"]
    holds(
        metriport,
        """
        address/line1         | contact/value
        1 Main St + 9 Oak Ave | +12125550123 + m@poe.org + +12125550123 m@poe.org + +12125550124 + +12125550124 m@poe.org
        """,
    )


def test_the_same_phone_twice_in_a_row_is_stored_once(metriport: Clinic):
    sends(metriport, f"{MARY} | 2125550123 | 12125550123", headers=" | phone | phone-1")
    holds(metriport, "contact/value\n +12125550123")


def test_a_blank_keeps_and_a_given_external_id_replaces(metriport: Clinic):
    headers = " | externalId | ssn"
    sends(metriport, f"{MARY} | a | 123456789", headers=headers)
    sends(metriport, f"{MARY} | b |", headers=headers)
    holds(metriport, "identifier/external/value | identifier/ssn/123456789/value\n b | 123456789")


def test_an_absent_opt_out_keeps_what_was_said_before(metriport: Clinic):
    sends(metriport, f"{MARY} | true", headers=" | hieOptOut")
    assert sends(metriport, f"{MARY} |", headers=" | hieOptOut").outcomes == ["unchanged"]
    holds(metriport, "hie_opt_out\n true")


def test_cohorts_of_a_row_are_added(metriport: Clinic):
    one, two = (add_cohort(metriport.connection, metriport.account, n).id for n in ("a", "b"))
    sends(metriport, f"{MARY} | {one}", headers=" | cohort-1")
    sends(metriport, f"{MARY} | {two} | {one}", headers=" | cohort | cohort-2")
    holds(metriport, f"cohort/cohort_id\n {one} + {two}")


def test_a_row_without_a_facility_gets_the_requests_default(metriport: Clinic):
    north, south = (add_facility(metriport.connection, metriport.account, n).id for n in "ns")
    jane = f"Jane | Roe {MARY[10:]}"
    sends(metriport, f"{MARY} |", f"{jane} | {south}", headers=" | facilityId", facility=north)
    holds(metriport, f"facility/facility_id\n {north}\n {south}")


def test_a_file_without_a_facility_column_gets_the_only_facility(metriport: Clinic):
    only = add_facility(metriport.connection, metriport.account, "only").id
    sends(metriport, MARY)
    holds(metriport, f"facility/facility_id\n {only}")


def test_cohorts_and_facilities_of_another_account_are_unknown(open_clinic):
    north, south = open_clinic("metriport", "north"), open_clinic("metriport", "south")
    facility = add_facility(north.connection, north.account, "n").id
    cohort = add_cohort(north.connection, north.account, "c").id
    sent = sends(south, f"{MARY} | {facility} | {cohort}", headers=" | facilityId | cohort")
    assert sent.messages(2) == [f"Invalid cohort ID {cohort}", f"Invalid facility ID {facility}"]


def test_the_same_person_in_two_accounts_is_two_patients(open_clinic):
    north, south = open_clinic("metriport", "north"), open_clinic("metriport", "south")
    assert sends(north, MARY).outcomes == sends(south, MARY).outcomes == ["created"]


def test_the_result_has_every_input_column_and_then_ours(metriport: Clinic):
    sent = metriport.sends(
        "First Name*,lastName,dob,gender,addressLine1,city,state,zip,Pet,phone-1\r\n"
        "MARY,Poe,1951-05-05,f,1 Main St,Boston,ma,2101,,+1 2125550123\r\n"
        'Jane,"Roe, Dr.",1951-05-05,x,1 Main St,,MA,02101,=1+1,5\r\n'
    )
    assert sent.result == (
        "First Name*,lastName,dob,gender,addressLine1,city,state,zip,Pet,phone-1,"
        "metriportId,status,reason,action,warnings\r\n"
        "MARY,Poe,1951-05-05,f,1 Main St,Boston,ma,2101,,+1 2125550123,"
        f"{sent.patient(2)},succeeded,,created,zip lost its leading zeros; they were put back; "
        "the whole file: columns that are not used: Pet\r\n"
        'Jane,"Roe, Dr.",1951-05-05,x,1 Main St,,MA,02101,=1+1,5,'
        ",failed,Missing/invalid gender; Missing city; Invalid phone-1,,\r\n"
    )
    assert sent.failed_rows.count("\r\n") == 2
    assert ",failed," in sent.failed_rows


def test_actions_say_what_the_status_does_not(metriport: Clinic):
    sends(metriport, MARY)
    sent = sends(metriport, MARY, f"Jane | Roe {MARY[10:]}", f"Jane | Roe {MARY[10:]} | Apt 1",
                 headers=" | addressLine2")  # fmt: skip
    rows = [(row["status"], row["action"]) for row in sent.result_rows()]
    assert rows == [
        ("succeeded", "unchanged"), ("succeeded", "created"), ("succeeded", "updated"),
    ]  # fmt: skip


def test_a_result_file_sent_again_is_recognised(metriport: Clinic):
    first = sends(metriport, MARY)
    again = metriport.sends(first.result)
    assert again.outcomes == ["unchanged"]
    assert again.result.splitlines()[0] == first.result.splitlines()[0]
    assert again.codes(0) == []


def test_a_dry_run_says_the_same_and_writes_nothing(metriport: Clinic):
    sends(metriport, MARY)
    rows = (
        MARY.replace("1 Main St", "9 Oak Ave"),
        f"Jane | Roe {MARY[10:]}",
        f"JANE | ROE {MARY[10:]}",
        f"Bad | Row {MARY[10:].replace('MA', 'XX')}",
    )
    dry = sends(metriport, *rows, dry_run=True)
    assert metriport.count() == 1
    holds(metriport, "address/line1\n 1 Main St")
    real = sends(metriport, *rows)
    assert dry.outcomes == real.outcomes == ["updated", "created", "unchanged", "errored"]
    for tried, done in zip(dry.result_rows(), real.result_rows(), strict=True):
        is_new = done["firstName"].lower() == "jane"
        assert tried["metriportId"] == ("" if is_new else done["metriportId"])
        assert {**tried, "metriportId": ""} == {**done, "metriportId": ""}


def test_a_file_that_fails_whole_gets_a_result_that_says_why(metriport: Clinic):
    sent = metriport.sends("firstName,lastName\r\n")
    assert sent.imported.state == "failed"
    assert sent.result == (
        "metriportId,status,reason,action,warnings\r\n"
        ",failed,the file has a header but no rows; export it again,,\r\n"
    )


def test_blank_rows_are_skipped(metriport: Clinic):
    sent = metriport.sends(as_csv(f"{HEAD}\n{MARY}") + "\r\n,,,,,,,\r\n \r\n\t,,,,,,,\r\n")
    assert sent.outcomes == ["created"]


@pytest.mark.slow
def test_a_hundred_thousand_rows_are_read_and_one_more_fails_the_request(metriport: Clinic):
    row = as_csv(f"{HEAD}\n{MARY}").splitlines()
    rows = [row[1].replace("Mary", "").replace("02101", str(n)) for n in range(100_001)]
    sent = metriport.sends("\r\n".join([row[0], *rows]))
    assert sent.attempt.fault_code == "too_many_rows"
    assert sent.imported.reason == (
        "the file has 100,001 rows, at most 100,000 are allowed; nothing was imported, "
        "split it into several files"
    )
    full = metriport.sends("\r\n".join([row[0], *rows[:-1], ",,,,,,,", ""]))
    assert full.attempt.counts["errored"] == 100_000
