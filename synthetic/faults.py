"""The faults that a roster can have, by format: the cells to damage and the expected effect.

The `effect` of a fault follows the format's page. `error`: the row fails. `warning` and `info`: it
loads with a message. `loads`: it loads like any other. `skipped`: it is not a record. `open`: the
page does not say.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from synthetic.layouts import Format

Effect = Literal["error", "warning", "info", "loads", "skipped", "open"]
Cells = Mapping[str, str]
Damage = Callable[[Cells], str]
Edit = Literal[
    "damage", "copy", "blank", "commas", "extra field", "short", "padded", "header first"
]
EXCEL_DAY_ZERO = date(1899, 12, 30)


@dataclass(frozen=True)
class Fault:
    """A fault to plant.

    `cells` maps headers to a new text, or to a function of the row's cells. `edit` says what is
    changed: the row itself (`damage`), a copy of it at the end of the file (`copy`), or the line as
    a whole. The row must have a value in all columns of `needs`. `donor` names a column whose cell
    is taken from another clean row.
    """

    code: str
    effect: Effect
    cells: Mapping[str, str | Damage] = field(default_factory=dict)
    edit: Edit = "damage"
    needs: tuple[str, ...] = ()
    donor: str = ""


def excel_serial(header: str) -> Damage:
    """Return a damage that turns the YYYY-MM-DD under `header` into a spreadsheet's day number."""
    return lambda row: str((date.fromisoformat(row[header]) - EXCEL_DAY_ZERO).days)


def prefixed(header: str, prefix: str) -> Damage:
    """Return a damage that puts `prefix` before the text under `header`: another, unused id."""
    return lambda row: prefix + row[header]


def upper(header: str) -> Damage:
    """Return a damage that puts the text under `header` in capitals."""
    return lambda row: row[header].upper()


def month_first(header: str) -> Damage:
    """Return a damage that turns YYYY-MM-DD under `header` into MM/DD/YYYY."""
    return lambda row: date.fromisoformat(row[header]).strftime("%m/%d/%Y")


_SCIENTIFIC = "1.23457E+11"
_FORMULA = '=HYPERLINK("http://example.com/","Open")'

_PORTLAND = {"addressLine1-1": "18 Oak St", "city-1": "Portland", "state-1": "ME"}
_ADDRESS_SLOTS = ("addressLine1", "addressLine2", "city", "state", "zip")
_NO_ADDRESS = {f"{slot}-{number}": "" for slot in _ADDRESS_SLOTS for number in (1, 2)}
_SECOND = {"addressLine1-2": "7 Elm St", "city-2": "Boston", "state-2": "MA", "zip-2": "02109"}

_METRIPORT_TWIN: dict[str, str | Damage] = {
    "firstName": "Aurelio",
    "externalId": prefixed("externalId", "T"),
    "ssn": "",
}
_THOROUGHCARE_TWIN: dict[str, str | Damage] = {
    "Patient First Name *": "Aurelio",
    "EHR ID": prefixed("EHR ID", "T"),
    "Medicare ID": "",
}

METRIPORT = (
    Fault("zip_lost_its_zero", "warning", _PORTLAND | {"zip-1": "4101"}),
    Fault("first_name_missing", "error", {"firstName": ""}),
    Fault("dob_impossible", "error", {"dob": "1961-02-30"}),
    Fault("twin", "loads", _METRIPORT_TWIN, "copy", ("phone-1",)),
    Fault("duplicate_row", "loads", edit="copy"),
    Fault("duplicate_respelled", "loads", {"lastName": upper("lastName")}, "copy"),
    Fault("blank_row", "skipped", edit="blank"),
    Fault("commas_row", "skipped", edit="commas"),
    Fault("phone_bad", "error", {"phone-1": "555-CALL-ME"}),
    Fault("email_bad", "error", {"email-1": "maria@@example.com"}),
    Fault("dob_serial", "error", {"dob": excel_serial("dob")}),
    Fault("gender_unknown", "error", {"gender": "Femal"}),
    Fault("formula_cell", "loads", {"externalId": _FORMULA}),
    Fault("line_break", "loads", {"addressLine1-1": "18 Oak\nStreet"}),
    Fault("address_gap", "error", _SECOND | {"city-2": ""}),
    Fault("ssn_lost_its_zero", "warning", {"ssn": "12345678"}),
    Fault(
        "licence_without_state",
        "error",
        {"driversLicenceNo": "D1234567", "driversLicenceState": ""},
    ),
    Fault("conflicting_ssn", "open", {"ssn": "900010001"}, "copy", ("ssn",)),
    Fault("id_scientific", "loads", {"externalId": _SCIENTIFIC}),
    Fault("last_name_missing", "error", {"lastName": " "}),
    Fault("dob_missing", "error", {"dob": ""}),
    Fault("gender_missing", "error", {"gender": ""}),
    Fault("dob_future", "error", {"dob": "2099-01-01"}),
    Fault("dob_month_first", "loads", {"dob": month_first("dob")}),
    Fault("zip_placeholder", "error", {"zip-1": "99999"}),
    Fault("zip_too_short", "error", {"zip-1": "41"}),
    Fault("zip_nine_digits", "loads", _PORTLAND | {"zip-1": "041011234"}),
    Fault("address_missing", "error", _NO_ADDRESS),
    Fault("ssn_too_long", "error", {"ssn": "9000100011"}),
    Fault("email_mailto", "loads", {"email-1": "mailto:Someone@Example.com"}),
    Fault("cohort_unknown", "error", {"cohort-1": "00000000-0000-4000-8000-000000000000"}),
    Fault("facility_not_uuid", "error", {"facilityId": "main"}),
    Fault("opt_out_word", "error", {"hieOptOut": "yes"}),
)

THOROUGHCARE = (
    Fault("zip_lost_its_zero", "warning", {"City": "Portland", "State": "ME", "Zip Code": "4101"}),
    Fault("first_name_missing", "error", {"Patient First Name *": ""}),
    Fault("birthday_impossible", "error", {"Patient Birthday *": "02/30/1961"}),
    Fault("birthday_serial", "warning", {"Patient Birthday *": excel_serial("Patient Birthday *")}),
    Fault("twin", "loads", _THOROUGHCARE_TWIN, "copy", ("Mobile Phone",)),
    Fault("duplicate_row", "info", edit="copy"),
    Fault("identifier_conflict", "error", edit="copy", needs=("Medicare ID",), donor="EHR ID"),
    Fault("phone_bad", "warning", {"Mobile Phone": "555-CALL-ME"}),
    Fault("email_bad", "warning", {"Email": "maria@@example.com"}),
    Fault("gender_unknown", "error", {"Patient Gender *": "Femal"}),
    Fault("formula_cell", "loads", {"Notes": _FORMULA}),
    Fault("line_break", "loads", {"Notes": "Lives alone\nCall after 3 pm"}),
    Fault("blank_row", "open", edit="blank"),
    Fault("commas_row", "open", edit="commas"),
    Fault("ehr_id_scientific", "open", {"EHR ID": _SCIENTIFIC}),
    Fault("last_name_missing", "error", {"Patient Last Name *": " "}),
    Fault("birthday_missing", "error", {"Patient Birthday *": ""}),
    Fault("gender_missing", "error", {"Patient Gender *": ""}),
    Fault("birthday_two_digit_year", "error", {"Patient Birthday *": "3/4/61"}),
    Fault("birthday_future", "error", {"Patient Birthday *": "2099-01-01"}),
    Fault(
        "birthday_month_first", "loads", {"Patient Birthday *": month_first("Patient Birthday *")}
    ),
    Fault(
        "duplicate_respelled",
        "info",
        {"Patient Last Name *": upper("Patient Last Name *"), "EHR ID": "", "Medicare ID": ""},
        "copy",
    ),
    Fault(
        "veto_other_ehr_id", "loads", {"EHR ID": prefixed("EHR ID", "B"), "Medicare ID": ""}, "copy"
    ),
    Fault("state_unknown", "warning", {"State": "ZZ"}),
    Fault("medicare_id_bad", "warning", {"Medicare ID": "1SO0-BI0-LZ00"}),
    Fault("icd10_bad", "warning", {"ICD10 Code": "I10; HYPERTENSION"}),
    Fault("risk_score_bad", "warning", {"Risk Score": "high"}),
    Fault("language_unknown", "warning", {"Language": "Klingonish"}),
    Fault(
        "care_manager_half",
        "warning",
        {"Care Manager First Name": "Priya", "Care Manager Last Name": ""},
    ),
    Fault("optional_date_bad", "warning", {"CCM Enrollment Date": "13/45/2020"}),
)

PTDIRECT = (
    Fault("first_name_missing", "error", {"First name": ""}),
    Fault("internal_id_missing", "error", {"Internal_id": ""}),
    Fault("internal_id_is_ssn", "error", {"Internal_id": "219-09-9999"}),
    Fault("internal_id_is_nhs_number", "error", {"Internal_id": "9990000018"}),
    Fault("year_too_early", "error", {"Year of birth": "1850"}),
    Fault("gender_unknown", "error", {"Gender": "x"}),
    Fault("email_bad", "warning", {"Email": "maria@@example.com"}),
    Fault("mobile_bad", "warning", {"Mobile number": "+1 (207) 555-0123"}),
    Fault("duplicate_row", "info", edit="copy"),
    Fault(
        "identity_changed",
        "warning",
        {"First name": "Aurelio", "Last name": "Zapata", "Year of birth": "1951"},
        "copy",
    ),
    Fault(
        "twin",
        "loads",
        {"First name": "Aurelio", "Internal_id": prefixed("Internal_id", "T")},
        "copy",
        ("Mobile number",),
    ),
    Fault("header_first", "error", edit="header first"),
    Fault("blank_row", "open", edit="blank"),
    Fault("commas_row", "open", edit="commas"),
    Fault("extra_field", "error", edit="extra field"),
    Fault("short_row", "error", edit="short"),
    Fault("padded_cells", "loads", edit="padded"),
    Fault("last_name_missing", "error", {"Last name": " "}),
    Fault("year_missing", "error", {"Year of birth": ""}),
    Fault("year_is_a_date", "error", {"Year of birth": "1977-03-04"}),
    Fault("year_word", "error", {"Year of birth": "seventy"}),
    Fault("gender_missing", "error", {"Gender": ""}),
    Fault("internal_id_scientific", "open", {"Internal_id": _SCIENTIFIC}),
    Fault("formula_cell", "loads", {"Diagnosis code": _FORMULA}),
    Fault("line_break", "open", {"Diagnosis code": "M54.50\nM17.11"}),
    Fault("group_other_case", "loads", {"Client group": "ACME INC"}),
)

FAULTS: Mapping[Format, tuple[Fault, ...]] = {
    "metriport": METRIPORT,
    "thoroughcare": THOROUGHCARE,
    "ptdirect": PTDIRECT,
}
