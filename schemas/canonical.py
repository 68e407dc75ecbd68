"""The canonical patient: every value that the formats can contain, declared as data.

A patient is a set of *facts*. A fact's address is (field, item, attribute). The address of a scalar
such as the birth date is `("birth_date", "", "")`, that of the city of the home address is
`("address", "home", "city")`. A new value replaces the value at the same address. A part that only
gains values (flags, further addresses) has the value in the item, so that each new value has a new
address. Updates, history, lineage and "old never beats new" all follow from these addresses.

The shape follows HL7 FHIR R4 Patient and related resources (`fhir` names the element). The
registry's tables are made from these declarations (`registry/tables/patients.py`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Address = tuple[str, str, str]
"""The place of a fact in a patient: (field, item, attribute)."""

CONFIRMED_BIT_COUNT = 63
"""How many bits a positive bigint of PostgreSQL has."""


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
    """One table `patient_<name>` with a row per item of a patient and the key (patient, item).

    `attributes` maps columns to PostgreSQL types; `items` describes the keys of items.
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
    Scalar("withdrawn", "boolean", "Patient.active, negated: an API caller deleted the patient"),
)

IDENTIFIER = Part(
    "identifier",
    {"value": "text", "assigner": "text"},
    "`ehr`, `mbi`, `internal`, `external`, `ssn/<digits>`, `license/<state>/<number>`",
    "Patient.identifier",
)
ADDRESS = Part(
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
)
CONTACT = Part(
    "contact",
    {"value": "text"},
    "`phone/home`, `phone/mobile`, `phone/work`, `email/main`, or `phone/<number>` and "
    "`email/<address>` where a patient may have many; phone numbers are E.164; "
    "`together/<number>/<address>`, with both in its value, where the two were given as one "
    "contact",
    "Patient.telecom",
)
ENROLMENT = Part(
    "enrolment", {"enrolled_on": "date"}, "`ccm`, `medicare`", "EpisodeOfCare.period.start"
)
COVERAGE = Part(
    "coverage",
    {"payer": "text", "policy_id": "text"},
    "`primary`, `secondary`",
    "Coverage.payor, Coverage.subscriberId",
)
CONDITION = Part("condition", {"code": "text"}, "the code", "Condition.code")
MEDICATION = Part(
    "medication", {"name": "text"}, "the name in lower case", "MedicationStatement.medication"
)
FLAG = Part("flag", {"name": "text"}, "the name in lower case", "Flag.code")
NOTE = Part("note", {"body": "text"}, "digest of the text", "Annotation.text")
CLIENT_GROUP = Part("client_group", {"name": "text"}, "the name in lower case", "Group.member")
COHORT = Part("cohort", {"cohort_id": "uuid"}, "the cohort's id", "Group.member")
FACILITY = Part("facility", {"facility_id": "uuid"}, "the facility's id", "Location")

PARTS = (
    IDENTIFIER,
    ADDRESS,
    CONTACT,
    ENROLMENT,
    COVERAGE,
    CONDITION,
    MEDICATION,
    FLAG,
    NOTE,
    CLIENT_GROUP,
    COHORT,
    FACILITY,
)
"""All parts, in the order of a patient's page. Nothing that is stored depends on the order."""

MATCHING_SYSTEMS = ("ehr", "mbi", "internal")
"""Identifier systems that decide who a patient is: one patient per (account, system, value)."""

CONFIRMED_BITS: Mapping[Address, int] = {
    ("first_name", "", ""): 0,
    ("last_name", "", ""): 1,
    ("birth_date", "", ""): 2,
    ("birth_year", "", ""): 3,
    ("gender", "", ""): 4,
    ("language", "", ""): 5,
    ("care_manager_first_name", "", ""): 6,
    ("care_manager_last_name", "", ""): 7,
    ("physician_first_name", "", ""): 8,
    ("physician_last_name", "", ""): 9,
    ("department", "", ""): 10,
    ("risk_level", "", ""): 11,
    ("risk_score", "", ""): 12,
    ("hie_opt_out", "", ""): 13,
    ("identifier", "ehr", "value"): 14,
    ("identifier", "mbi", "value"): 15,
    ("identifier", "internal", "value"): 16,
    ("identifier", "external", "value"): 17,
    ("address", "home", "line1"): 18,
    ("address", "home", "line2"): 19,
    ("address", "home", "city"): 20,
    ("address", "home", "state"): 21,
    ("address", "home", "postal_code"): 22,
    ("contact", "phone/home", "value"): 23,
    ("contact", "phone/mobile", "value"): 24,
    ("contact", "phone/work", "value"): 25,
    ("contact", "email/main", "value"): 26,
    ("enrolment", "ccm", "enrolled_on"): 27,
    ("enrolment", "medicare", "enrolled_on"): 28,
    ("coverage", "primary", "payer"): 29,
    ("coverage", "primary", "policy_id"): 30,
    ("coverage", "secondary", "payer"): 31,
    ("withdrawn", "", ""): 32,
}
"""The addresses whose value a later row replaces, each with its bit in `import_row.confirmed`.

A row's bits say which of its values the patient already had; "old never beats new", "last asserted"
and undo read them. The bits are stored, so a number belongs to its address for ever: a new address
takes the next free number (below 63), and the number of an address that is no longer used is not
used again.
"""


def confirmed_masks() -> dict[str, int]:
    """The value of each address's bit in `import_row.confirmed`, by address as text.

    Example:
        `{"first_name": 1, "last_name": 2, "birth_date": 4, …}`
    """
    return {address_text(address): 1 << bit for address, bit in CONFIRMED_BITS.items()}


def address_text(address: Address) -> str:
    """An address as text, as in `patient_change` and on pages.

    Example:
        `("address", "home", "city")` is `address/home/city`, `("gender", "", "")` is `gender`.
    """
    return "/".join(part for part in address if part)


def check_confirmed_bits(scalars: Iterable[Scalar], bits: Mapping[Address, int]) -> None:
    """Refuse numbers with which stored rows would be misread.

    Raises:
        ValueError: a scalar has no number, two addresses share one, or one does not fit a bigint.
    """
    for scalar in scalars:
        if (scalar.name, "", "") not in bits:
            raise ValueError(
                f"scalar {scalar.name!r} has no bit: give it the next free number in "
                f"schemas.canonical.CONFIRMED_BITS, {max(bits.values()) + 1}"
            )
    if len(set(bits.values())) < len(bits):
        raise ValueError("two addresses have the same bit in schemas.canonical.CONFIRMED_BITS")
    if not all(0 <= bit < CONFIRMED_BIT_COUNT for bit in bits.values()):
        raise ValueError(f"bits of a bigint are numbered from 0 to {CONFIRMED_BIT_COUNT - 1}")


check_confirmed_bits(SCALARS, CONFIRMED_BITS)
