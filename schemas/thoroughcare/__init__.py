"""ThoroughCare's bulk patient upload over SFTP: the format, as data.

Source of every rule: the service's page "Bulk Patient Upload via SFTP" and, where it is silent,
docs/formats/thoroughcare.md, which is generated from this file.
"""

from schemas import kinds
from schemas.formats import (
    Column,
    DemographicMatch,
    Fact,
    Format,
    Group,
    IdentifierMatch,
    ResultLayout,
)
from schemas.rules import Rule, always

COLUMNS = (
    Column(
        "first_name",
        "Patient First Name *",
        kinds.PERSON_NAME,
        required=True,
        synonyms=("first name", "given name"),
    ),
    Column(
        "last_name",
        "Patient Last Name *",
        kinds.PERSON_NAME,
        required=True,
        synonyms=("last name", "surname", "family name"),
        sample="Garcia",
    ),
    Column(
        "birth_date",
        "Patient Birthday *",
        kinds.BIRTH_DATE,
        required=True,
        synonyms=("birthday", "birth date", "date of birth", "dob"),
    ),
    Column(
        "gender",
        "Patient Gender *",
        kinds.GENDER,
        required=True,
        synonyms=("gender", "sex"),
    ),
    Column(
        "ehr_id",
        "EHR ID",
        kinds.EXACT_ID,
        synonyms=("ehr number", "mrn", "patient id"),
        note="unique in the account; decides who the patient is",
        sample="00123-A",
    ),
    Column("ccm_enrolled_on", "CCM Enrollment Date", kinds.DATE),
    Column("care_manager_first_name", "Care Manager First Name", kinds.PERSON_NAME, sample="Dana"),
    Column("care_manager_last_name", "Care Manager Last Name", kinds.PERSON_NAME, sample="Reed"),
    Column(
        "physician_first_name",
        "Physician First Name",
        kinds.PERSON_NAME,
        synonyms=("provider first name",),
        sample="Lee",
    ),
    Column(
        "physician_last_name",
        "Physician Last Name",
        kinds.PERSON_NAME,
        synonyms=("provider last name",),
        sample="Okafor",
    ),
    Column(
        "home_phone",
        "Home Phone",
        kinds.PHONE,
        synonyms=(
            "patient home phone number",
            "home phone number",
            "patient home phone",
            "home telephone",
        ),
        loose_synonyms=(
            "phone",
            "phone number",
            "telephone",
            "telephone number",
            "primary phone",
            "patient phone",
            "patient phone number",
        ),
    ),
    Column(
        "mobile_phone",
        "Mobile Phone",
        kinds.PHONE,
        synonyms=(
            "patient mobile phone number",
            "mobile phone number",
            "patient mobile phone",
            "cell phone",
            "cell phone number",
        ),
    ),
    Column(
        "work_phone",
        "Work Phone",
        kinds.PHONE,
        synonyms=("patient work phone number", "work phone number", "patient work phone"),
    ),
    Column(
        "email",
        "Email",
        kinds.EMAIL_ADDRESS,
        synonyms=("patient email address", "email address", "patient email"),
    ),
    Column(
        "street",
        "Street",
        kinds.TEXT,
        synonyms=("address", "patient address", "patient address street", "street address"),
        sample="123 Main St Apt 4",
    ),
    Column(
        "city",
        "City",
        kinds.TEXT,
        synonyms=("patient address city", "patient city"),
        sample="Albany",
    ),
    Column("state", "State", kinds.STATE, synonyms=("patient address state", "patient state")),
    Column(
        "zip",
        "Zip Code",
        kinds.ZIP,
        synonyms=(
            "zip",
            "postal code",
            "patient address zip code",
            "patient address zip",
            "patient zip code",
        ),
    ),
    Column("notes", "Notes", kinds.LONG_TEXT, note="appended, never lost on update"),
    Column(
        "medicare_id",
        "Medicare ID",
        kinds.MEDICARE_ID,
        synonyms=("mbi", "medicare number"),
        note="decides who the patient is when the EHR ID does not",
    ),
    Column("medicare_enrolled_on", "Medicare Enrollment Date", kinds.DATE),
    Column(
        "conditions",
        "ICD10 Code",
        kinds.ICD10,
        synonyms=("icd-10 code", "icd-10 codes", "icd10 codes", "diagnosis code"),
    ),
    Column("primary_payer", "Primary Insurance", kinds.TEXT, sample="Acme Health"),
    Column(
        "primary_policy_id",
        "Primary Insurance Policy ID",
        kinds.EXACT_ID,
        synonyms=("policy id", "primary policy id"),
        sample="POL-0042",
    ),
    Column("secondary_payer", "Secondary Insurance", kinds.TEXT, sample="Northern Mutual"),
    Column("risk_level", "Risk Level", kinds.RISK_LEVEL),
    Column("risk_score", "Risk Score", kinds.NUMBER),
    Column("flags", "Patient Flags", kinds.LIST, synonyms=("flags",)),
    Column(
        "department",
        "Department",
        kinds.TEXT,
        note="created in the account when new",
        sample="Cardiology",
    ),
    Column("language", "Language", kinds.LANGUAGE, note="stored as ISO 639-1"),
    Column("medications", "Medications", kinds.LIST, sample="Metformin; Lisinopril"),
)


def _both_or_neither(person: str) -> Group:
    return Group(
        person,
        needs=(f"{person}_first_name", f"{person}_last_name"),
        rule=Rule(
            f"{person}_incomplete",
            "{label}: is missing, so the name of the "
            f"{person.replace('_', ' ')} was left out (give both names or neither)",
            always(lambda value: value != ""),
        ),
    )


FACTS = (
    Fact("first_name", "first_name"),
    Fact("last_name", "last_name"),
    Fact("birth_date", "birth_date"),
    Fact("birth_date", "birth_year", value="left(birth_date, 4)"),
    Fact("gender", "gender"),
    Fact("ehr_id", "identifier", "value", "'ehr'"),
    Fact("medicare_id", "identifier", "value", "'mbi'"),
    Fact("care_manager_first_name", "care_manager_first_name"),
    Fact("care_manager_last_name", "care_manager_last_name"),
    Fact("physician_first_name", "physician_first_name"),
    Fact("physician_last_name", "physician_last_name"),
    Fact("home_phone", "contact", "value", "'phone/home'"),
    Fact("mobile_phone", "contact", "value", "'phone/mobile'"),
    Fact("work_phone", "contact", "value", "'phone/work'"),
    Fact("email", "contact", "value", "'email/main'"),
    Fact("street", "address", "line1", "'home'"),
    Fact("city", "address", "city", "'home'"),
    Fact("state", "address", "state", "'home'"),
    Fact("zip", "address", "postal_code", "'home'"),
    Fact("ccm_enrolled_on", "enrolment", "enrolled_on", "'ccm'"),
    Fact("medicare_enrolled_on", "enrolment", "enrolled_on", "'medicare'"),
    Fact("primary_payer", "coverage", "payer", "'primary'"),
    Fact("primary_policy_id", "coverage", "policy_id", "'primary'"),
    Fact("secondary_payer", "coverage", "payer", "'secondary'"),
    Fact("conditions", "condition", "code", "{element}"),
    Fact("medications", "medication", "name", "lower({element})"),
    Fact("flags", "flag", "name", "lower({element})"),
    Fact("notes", "note", "body", "md5(notes)"),
    Fact("risk_level", "risk_level"),
    Fact("risk_score", "risk_score"),
    Fact("department", "department", vocabulary=True),
    Fact("language", "language"),
)

FORMAT = Format(
    name="thoroughcare",
    title="ThoroughCare bulk patient upload (SFTP)",
    columns=COLUMNS,
    facts=FACTS,
    match=(
        IdentifierMatch("ehr_id", "ehr"),
        IdentifierMatch("medicare_id", "mbi"),
        DemographicMatch(vetoed_by=("ehr", "mbi")),
    ),
    groups=(_both_or_neither("care_manager"), _both_or_neither("physician")),
    encodings=("utf-8", "utf-16", "windows-1252"),
    other_delimiters=True,
    clear_marker="#N/A",
    result=ResultLayout(
        before=(("Result", "outcome"), ("Messages", "messages"), ("Patient ID", "patient_id")),
        after=(),
        words={
            "created": "Created",
            "updated": "Updated",
            "unchanged": "Updated",
            "errored": "Errored",
        },
    ),
    notices=frozenset({"no_new_information"}),
    identity_change="error",
)

__all__ = ["FORMAT"]
