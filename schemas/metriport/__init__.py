"""Metriport's bulk patient create over HTTP: the format, as data.

Source of every rule: the service's page "Bulk Patient Create" and, where it is silent,
docs/formats/metriport.md, which is generated from this file.
"""

from schemas.code_lists import STATE_CODES
from schemas.formats import (
    AtLeastOne,
    Column,
    DemographicMatch,
    Fact,
    Format,
    Group,
    ResultLayout,
)
from schemas.metriport import cells
from schemas.rules import Rule, always

NUMBERS = ("", *(f"-{n}" for n in range(1, 11)))
"""Suffixes of a repeated column: bare first, then -1 to -10."""


def _slot(stem: str, suffix: str) -> str:
    return f"{stem}{suffix.replace('-', '_')}"


def _message(text: str, *codes: str) -> dict[str, str]:
    return dict.fromkeys(codes, text)


def _address_columns(suffix: str) -> tuple[Column, ...]:
    template = suffix == "-1"
    return (
        Column(
            _slot("line1", suffix),
            f"addressLine1{suffix}",
            cells.LINE1,
            synonyms=(f"address1{suffix}",),
            partner=_slot("line2", suffix),
            severity="error",
            in_template=template,
        ),
        Column(
            _slot("line2", suffix),
            f"addressLine2{suffix}",
            cells.LINE2,
            synonyms=(f"address2{suffix}",),
            partner=_slot("line1", suffix),
            severity="error",
            in_template=template,
        ),
        Column(
            _slot("city", suffix),
            f"city{suffix}",
            cells.CITY,
            severity="error",
            in_template=template,
        ),
        Column(
            _slot("state", suffix),
            f"state{suffix}",
            cells.STATE,
            severity="error",
            in_template=template,
            suffix=suffix,
        ),
        Column(
            _slot("zip", suffix),
            f"zip{suffix}",
            cells.ZIP,
            severity="error",
            in_template=template,
            suffix=suffix,
        ),
    )


def _phone_column(suffix: str) -> Column:
    return Column(
        _slot("phone", suffix),
        f"phone{suffix}",
        cells.PHONE,
        synonyms=(f"phone{suffix[1:]}",) if suffix else (),
        severity="error",
        in_template=suffix == "-1",
        suffix=suffix,
    )


def _email_column(suffix: str) -> Column:
    return Column(
        _slot("email", suffix),
        f"email{suffix}",
        cells.EMAIL,
        synonyms=(f"email{suffix[1:]}",) if suffix else (),
        severity="error",
        in_template=suffix == "-1",
        suffix=suffix,
    )


def _cohort_column(suffix: str) -> Column:
    return Column(
        _slot("cohort", suffix),
        f"cohort{suffix}",
        cells.COHORT,
        severity="error",
        in_template=suffix == "-1",
    )


def _address_group(suffix: str) -> Group:
    return Group(
        f"address{suffix}",
        needs=tuple(_slot(stem, suffix) for stem in ("line1", "city", "state", "zip")),
        optional=(_slot("line2", suffix),),
        rule=Rule(
            "address_incomplete",
            "Missing {label}",
            always(lambda value: value != ""),
            severity="error",
        ),
        usable={
            _slot("state", suffix): f"{{slot}} IN {STATE_CODES}",
            _slot("zip", suffix): r"regexp_matches({slot}, '^\d{{5}}$')"
            f" AND NOT regexp_matches({{slot}}, '{cells.PLACEHOLDER_ZIP}')",
        },
    )


def _address_facts(suffix: str) -> tuple[Fact, ...]:
    slots = {stem: _slot(stem, suffix) for stem in ("line1", "line2", "city", "state", "zip")}
    item = "'other/' || address_digest({line1}, {line2}, {city}, {state}, {zip})".format(**slots)
    attributes = {"zip": "postal_code"}
    return tuple(
        Fact(slot, "address", attributes.get(stem, stem), item) for stem, slot in slots.items()
    )


DRIVERS_LICENSE = tuple(f"drivers{word}" for word in ("license", "licence"))

COLUMNS = (
    Column("id", "id", cells.ID, severity="error", in_template=False),
    Column(
        "external_id",
        "externalId",
        cells.ID,
        severity="error",
        note="used where `id` is blank; not used for matching",
    ),
    Column(
        "first_name",
        "firstName",
        cells.NAME,
        required=True,
        messages=_message("Missing firstName", "missing_value"),
    ),
    Column(
        "last_name",
        "lastName",
        cells.NAME,
        required=True,
        messages=_message("Missing lastName", "missing_value"),
        sample="Shelby",
    ),
    Column(
        "birth_date",
        "dob",
        cells.DOB,
        required=True,
        messages=_message("Missing/invalid dob", "missing_value"),
    ),
    Column(
        "gender",
        "gender",
        cells.GENDER,
        required=True,
        messages=_message("Missing/invalid gender", "missing_value"),
    ),
    *(column for suffix in NUMBERS for column in _address_columns(suffix)),
    *(_phone_column(suffix) for suffix in NUMBERS),
    *(_email_column(suffix) for suffix in NUMBERS),
    Column("ssn", "ssn", cells.SSN, severity="error"),
    Column(
        "license_number",
        "driversLicenceNo",
        cells.LICENSE_NUMBER,
        severity="error",
        synonyms=tuple(
            f"{word}{ending}"
            for word in DRIVERS_LICENSE
            for ending in ("", "value", "no", "number")
            if f"{word}{ending}" != "driverslicenceno"
        ),
        messages=_message("Invalid drivers license (missing value)", "license_incomplete"),
    ),
    Column(
        "license_state",
        "driversLicenceState",
        cells.LICENSE_STATE,
        severity="error",
        synonyms=("driverslicensestate",),
        messages=_message("Invalid drivers license (missing state)", "license_incomplete"),
    ),
    *(_cohort_column(suffix) for suffix in NUMBERS),
    Column("facility", "facilityId", cells.FACILITY, severity="error"),
    Column("hie_opt_out", "hieOptOut", cells.OPT_OUT, severity="error"),
)

FACTS = (
    Fact(
        "external_id",
        "identifier",
        "value",
        "'external'",
        value="coalesce(id, external_id)",
    ),
    Fact("first_name", "first_name"),
    Fact("last_name", "last_name"),
    Fact("birth_date", "birth_date"),
    Fact("birth_date", "birth_year", value="left(birth_date, 4)"),
    Fact("gender", "gender"),
    *(fact for suffix in NUMBERS for fact in _address_facts(suffix)),
    *(
        Fact(_slot("phone", suffix), "contact", "value", f"'phone/' || {_slot('phone', suffix)}")
        for suffix in NUMBERS
    ),
    *(
        Fact(_slot("email", suffix), "contact", "value", f"'email/' || {_slot('email', suffix)}")
        for suffix in NUMBERS
    ),
    # A phone number and an email address with the same number are one contact.
    *(
        Fact(
            _slot("email", suffix),
            "contact",
            "value",
            f"'together/' || {_slot('phone', suffix)} || '/' || {_slot('email', suffix)}",
            value=f"{_slot('phone', suffix)} || ' ' || {_slot('email', suffix)}",
            needs=(_slot("phone", suffix), _slot("email", suffix)),
        )
        for suffix in NUMBERS
    ),
    Fact("ssn", "identifier", "value", "'ssn/' || ssn"),
    Fact(
        "license_number",
        "identifier",
        "value",
        "'license/' || license_state || '/' || license_number",
    ),
    Fact(
        "license_state",
        "identifier",
        "assigner",
        "'license/' || license_state || '/' || license_number",
    ),
    *(
        Fact(_slot("cohort", suffix), "cohort", "cohort_id", _slot("cohort", suffix))
        for suffix in NUMBERS
    ),
    Fact("facility", "facility", "facility_id", "facility"),
    Fact("hie_opt_out", "hie_opt_out"),
)

FORMAT = Format(
    name="metriport",
    title="Metriport bulk patient create (HTTP API)",
    columns=COLUMNS,
    facts=FACTS,
    match=(DemographicMatch(zip_slots=tuple(_slot("zip", suffix) for suffix in NUMBERS)),),
    groups=(
        *(_address_group(suffix) for suffix in NUMBERS),
        Group(
            "license",
            needs=("license_number", "license_state"),
            rule=Rule(
                "license_incomplete",
                "Invalid drivers license",
                always(lambda value: value != ""),
                severity="error",
            ),
        ),
    ),
    at_least_one=(
        AtLeastOne(
            "address",
            tuple(f"address{suffix}" for suffix in NUMBERS),
            Rule("missing_address", "Missing address", always(lambda value: value != "")),
        ),
    ),
    dropped_in_headers=r"[^a-z0-9-]",
    encodings=("utf-8", "utf-16"),
    max_rows=100_000,
    missing_column_fails_file=False,
    facility_slot="facility",
    cadence="on_arrival",
    queries_documents=True,
    result=ResultLayout(
        before=(),
        after=(
            ("metriportId", "patient_id"),
            ("status", "outcome"),
            ("reason", "errors"),
            ("action", "action"),
            ("warnings", "warnings"),
        ),
        words={
            "created": "succeeded",
            "updated": "succeeded",
            "unchanged": "succeeded",
            "errored": "failed",
        },
    ),
)

__all__ = ["FORMAT"]
