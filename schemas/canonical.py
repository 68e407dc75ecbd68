"""The canonical patient: everything the formats can carry, as data.

A patient is a set of *facts*. A fact's address is (field, item, attribute): a scalar such as the
birth date is `("birth_date", "", "")`; the city of the home address is
`("address", "home", "city")`. Storing a value at an address that has one replaces it; a part that
only gains values (flags, a second address) puts the value into the item, so that a new value is
a new address. That one idea carries update rules, history, lineage and "old never beats new".

The shape follows HL7 FHIR R4 Patient and its neighbours (the `fhir` notes say which element).
The registry's tables are made from these declarations (`registry/tables/core.py`).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scalar:
    """One column of table `patient`.

    `type` is a PostgreSQL type; `required` scalars can never be cleared.
    """

    name: str
    type: str
    fhir: str
    required: bool = False


@dataclass(frozen=True)
class Part:
    """One table `patient_<name>`: a row per item of a patient, keyed by (patient, item).

    `attributes` maps column to PostgreSQL type; `items` says what an item's key looks like.
    """

    name: str
    attributes: dict[str, str]
    items: str
    fhir: str

    @property
    def table(self) -> str:
        """The name of its table."""
        return f"patient_{self.name}"


SCALARS = (
    Scalar("first_name", "text", "Patient.name.given", required=True),
    Scalar("last_name", "text", "Patient.name.family", required=True),
    Scalar("birth_date", "date", "Patient.birthDate"),
    Scalar("birth_year", "smallint", "Patient.birthDate (year precision)", required=True),
    Scalar("gender", "text", "Patient.gender, as M, F, O or U", required=True),
    Scalar("language", "text", "Patient.communication.language, ISO 639-1"),
    Scalar("care_manager_first_name", "text", "CareTeam.participant.member"),
    Scalar("care_manager_last_name", "text", "CareTeam.participant.member"),
    Scalar("physician_first_name", "text", "Patient.generalPractitioner"),
    Scalar("physician_last_name", "text", "Patient.generalPractitioner"),
    Scalar("department", "text", "Patient.managingOrganization (department of the account)"),
    Scalar("risk_level", "text", "RiskAssessment.prediction.qualitativeRisk"),
    Scalar("risk_score", "numeric", "RiskAssessment.prediction.probability"),
    Scalar("hie_opt_out", "boolean", "Consent (no query to health information exchanges)"),
)

PARTS = (
    Part(
        "identifier",
        {"value": "text", "assigner": "text"},
        "`ehr`, `mbi`, `internal`, `external`, `ssn/<digits>`, `license/<state>/<number>`",
        "Patient.identifier",
    ),
    Part(
        "address",
        {
            "line1": "text",
            "line2": "text",
            "city": "text",
            "state": "text",
            "postal_code": "text",
        },
        "`home`, or `other/<digest of the folded address>` where a patient may have many",
        "Patient.address",
    ),
    Part(
        "contact",
        {"value": "text"},
        "`phone/home`, `phone/mobile`, `phone/work`, `email/main`, or `phone/<number>` and "
        "`email/<address>` where a patient may have many; phone numbers are E.164",
        "Patient.telecom",
    ),
    Part("enrolment", {"enrolled_on": "date"}, "`ccm`, `medicare`", "EpisodeOfCare.period.start"),
    Part(
        "coverage",
        {"payer": "text", "policy_id": "text"},
        "`primary`, `secondary`",
        "Coverage.payor, Coverage.subscriberId",
    ),
    Part("condition", {"code": "text"}, "the code", "Condition.code"),
    Part(
        "medication", {"name": "text"}, "the name in lower case", "MedicationStatement.medication"
    ),
    Part("flag", {"name": "text"}, "the name in lower case", "Flag.code"),
    Part("note", {"body": "text"}, "digest of the text", "Annotation.text"),
    Part("client_group", {"name": "text"}, "the name in lower case", "Group.member"),
    Part("cohort", {"cohort_id": "uuid"}, "the cohort's id", "Group.member"),
    Part("facility", {"facility_id": "uuid"}, "the facility's id", "Location"),
)

MATCHING_SYSTEMS = ("ehr", "mbi", "internal")
"""Identifier systems that decide who a patient is: one patient per (account, system, value)."""

CONFIRMABLE = (
    *((scalar.name, "", "") for scalar in SCALARS),
    *(("identifier", system, "value") for system in (*MATCHING_SYSTEMS, "external")),
    *(("address", "home", attribute) for attribute in PARTS[1].attributes),
    *(("contact", item, "value") for item in ("phone/home", "phone/mobile", "phone/work")),
    ("contact", "email/main", "value"),
    *(("enrolment", item, "enrolled_on") for item in ("ccm", "medicare")),
    ("coverage", "primary", "payer"),
    ("coverage", "primary", "policy_id"),
    ("coverage", "secondary", "payer"),
)
"""Addresses whose value a later row replaces. Their position here is their bit in
`import_row.confirmed`, by which "old never beats new" knows which fields a newer file carried:
append to this tuple, never reorder it, and keep it within 63 entries."""
