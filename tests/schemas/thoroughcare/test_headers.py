"""The header row of a ThoroughCare file: which spellings are known, which files are refused."""

import pytest

from schemas.catalogue import get_format
from schemas.errors import FileFault
from tests.schemas.clinic import Clinic
from tests.schemas.tables import csv_of, records, stage

REQUIRED = ["First Name", "Last Name", "Birthday", "Gender"]
PERSON = ["Maria", "Lopez", "1961-05-27", "f"]
SYNONYMS = """
    field                   | accepted headers, set apart by a slash
    first_name              | Patient First Name * / first name / given name
    last_name               | Patient Last Name * / last name / surname / family name
    birth_date              | Patient Birthday * / birthday / birth date / date of birth / dob
    gender                  | Patient Gender * / gender / sex
    ehr_id                  | EHR ID / ehr number / mrn / patient id
    ccm_enrolled_on         | CCM Enrollment Date
    care_manager_first_name | Care Manager First Name
    care_manager_last_name  | Care Manager Last Name
    physician_first_name    | Physician First Name / provider first name
    physician_last_name     | Physician Last Name / provider last name
    home_phone              | Home Phone / patient home phone number
    mobile_phone            | Mobile Phone / patient mobile phone number / cell phone
    work_phone              | Work Phone / patient work phone number
    email                   | Email / patient email address
    street                  | Street / address / patient address street / patient address
    city                    | City / patient address city
    state                   | State / patient address state
    zip                     | Zip Code / zip / postal code / patient address zip code
    notes                   | Notes
    medicare_id             | Medicare ID / mbi / medicare number
    medicare_enrolled_on    | Medicare Enrollment Date
    conditions              | ICD10 Code / icd-10 codes / diagnosis code / ICD-10 Code
    primary_payer           | Primary Insurance
    primary_policy_id       | Primary Insurance Policy ID / policy id
    secondary_payer         | Secondary Insurance
    risk_level              | Risk Level
    risk_score              | Risk Score
    flags                   | Patient Flags / flags
    department              | Department
    language                | Language
    medications             | Medications
"""


def fault(content: str | bytes) -> FileFault:
    with pytest.raises(FileFault) as caught:
        stage("thoroughcare", content)
    return caught.value


@pytest.mark.parametrize("row", records(SYNONYMS), ids=lambda row: row["field"])
def test_each_field_is_known_by_all_its_headers(row: dict[str, str]):
    for header in row["accepted headers, set apart by a slash"].split(" / "):
        others = {"first_name": 0, "last_name": 1, "birth_date": 2, "gender": 3}
        headers, cells = REQUIRED.copy(), PERSON.copy()
        if row["field"] in others:
            headers[others[row["field"]]] = header
        else:
            headers, cells = [*headers, header], [*cells, "x"]
        staged = stage("thoroughcare", csv_of([headers, cells]))
        assert row["field"] in staged.rows[2], header
        assert not staged.errored[2], header


def test_the_template_carries_every_field_of_the_page():
    assert {row["field"] for row in records(SYNONYMS)} == {
        column.slot for column in get_format("thoroughcare").columns
    }


@pytest.mark.parametrize(
    "spelling",
    ["Patient First Name", "patient_first_name", "PATIENT-FIRST-NAME *", "  PatientFirstName:  ",
     "patient.first.name", "“Patient First Name”"],
)  # fmt: skip
def test_headers_match_without_regard_to_case_spaces_and_punctuation(spelling: str):
    staged = stage("thoroughcare", csv_of([[spelling, *REQUIRED[1:]], PERSON]))
    assert staged.rows[2]["first_name"] == "Maria"


def test_columns_may_stand_in_any_order():
    staged = stage(
        "thoroughcare", "Sex,MRN,DOB,Surname,Given Name\r\nf,7,1961-05-27,Lopez,Maria\r\n"
    )
    row = staged.rows[2]
    assert [row[slot] for slot in ("first_name", "last_name", "birth_date", "gender", "ehr_id")] == [
        "Maria", "Lopez", "1961-05-27", "F", "7",
    ]  # fmt: skip


def test_a_byte_order_mark_does_not_hide_the_first_column():
    for bom in ("utf-8-sig", "utf-16"):
        staged = stage("thoroughcare", csv_of([REQUIRED, PERSON]).encode(bom))
        assert staged.rows[2]["first_name"] == "Maria"


def test_semicolons_tabs_and_windows_1252_are_recognised():
    for mark in ";\t|":
        content = csv_of([REQUIRED, ["José", *PERSON[1:]]]).replace(",", mark).encode("cp1252")
        assert stage("thoroughcare", content).rows[2]["first_name"] == "José"


def test_two_headers_for_one_field_fail_the_file_and_both_are_named():
    found = fault(csv_of([[*REQUIRED, "DOB"], [*PERSON, "1961-05-27"]]))
    assert found.code == "duplicate_header"
    assert found.reason == "the columns 'Birthday' and 'DOB' mean the same field; keep one of them"


def test_a_missing_required_column_fails_the_file():
    found = fault("First Name,Last Name,Gender\r\nMaria,Lopez,f\r\n")
    assert found.code == "missing_column"
    assert found.reason == "required columns are missing: Patient Birthday"
    assert "`rosterline template thoroughcare`" in found.advice


def test_a_first_line_that_is_no_header_fails_the_file():
    found = fault("Maria,Lopez,1961-05-27,f\r\n")
    assert found.code == "header_unusable"
    assert "the first line must be the header" in found.reason


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\r\n\r\n", "empty_file"),
        (b"%PDF-1.7", "not_csv"),
        (bytes(range(256)) * 4, "not_csv"),
        (b'First Name,Last Name,DOB,Sex\r\n"Maria,Lopez,1961-05-27,f\r\n', "unclosed_quote"),
    ],
)
def test_a_file_that_is_no_csv_is_refused_with_its_own_reason(content: bytes, code: str):
    assert fault(content).code == code


def test_unknown_columns_come_back_with_the_row_and_are_named_once(thoroughcare: Clinic):
    sent = thoroughcare.sends(
        """
        First Name | Last Name | DOB        | Sex | Shoe Size | Pet
        Maria      | Lopez     | 1961-05-27 | f   | 38        | cat
        Juan       | Diaz      | 1950-01-02 | m   | 44        | dog
        """
    )
    assert [i["message"] for i in sent.issues if i["code"] == "unknown_column"] == [
        "columns that are not used: Shoe Size, Pet"
    ]
    assert [(row["Shoe Size"], row["Pet"]) for row in sent.result_rows()] == [
        ("38", "cat"),
        ("44", "dog"),
    ]


def test_two_unknown_columns_of_one_name_both_come_back(thoroughcare: Clinic):
    sent = thoroughcare.sends(
        "First Name,Last Name,DOB,Sex,Pet,Pet\r\nMaria,Lopez,1961-05-27,f,cat,dog\r\n"
    )
    assert sent.outcomes == ["created"]
    assert sent.result.splitlines()[1].endswith(",Maria,Lopez,1961-05-27,f,cat,dog")


@pytest.mark.parametrize("header", ["phone", "PhoneNumber", "Telephone"])
def test_a_bare_phone_is_the_home_phone(header: str):
    staged = stage(
        "thoroughcare",
        f"First Name,Last Name,DOB,Sex,{header}\nAnn,Lee,1961-05-27,f,212-555-0123\n",
    )
    assert staged.rows[2]["home_phone"] == "+12125550123"


def test_a_bare_phone_gives_way_to_a_home_phone():
    for header in ("phone,home phone", "home phone,phone", "home phone,telephone,phone"):
        cells = ["212-555-0123" if name == "home phone" else "x" for name in header.split(",")]
        staged = stage(
            "thoroughcare",
            f"First Name,Last Name,DOB,Sex,{header}\nAnn,Lee,1961-05-27,f,{','.join(cells)}\n",
        )
        assert staged.rows[2]["home_phone"] == "+12125550123"
        assert staged.codes(2) == []


def test_of_two_bare_phones_the_first_is_the_home_phone():
    staged = stage(
        "thoroughcare",
        "First Name,Last Name,DOB,Sex,telephone,phone\nAnn,Lee,1961-05-27,f,212-555-0123,212-555-0199\n",
    )
    assert staged.rows[2]["home_phone"] == "+12125550123"
