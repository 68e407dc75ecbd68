"""The columns of the three formats over synthetic people, and writers of clean files.

A layout maps headers of the file to polars expressions over `synthetic.people.people`. The headers
of the templates are repeated here, so that tests notice a wrong header in `schemas`.
"""

from pathlib import Path
from typing import Literal

import polars as pl

Format = Literal["metriport", "thoroughcare", "ptdirect"]

_EARLIEST_CLIENT_YEAR = 1940  # ptdirect takes the last 100 years only
_col = pl.col


def _dashed(phone: str) -> pl.Expr:
    """Return a 10-digit phone as 207-555-0123."""
    return _col(phone).str.replace(r"^(\d{3})(\d{3})(\d{4})$", "$1-$2-$3")


_METRIPORT: dict[str, pl.Expr] = {
    "externalId": _col("number"),
    "firstName": _col("first_name"),
    "lastName": _col("last_name"),
    "dob": _col("birth_date").cast(pl.String),
    "gender": _col("gender"),
    "addressLine1-1": _col("street"),
    "addressLine2-1": _col("unit"),
    "city-1": _col("city"),
    "state-1": _col("state"),
    "zip-1": _col("zip"),
    "addressLine1-2": _col("street_2"),
    "addressLine2-2": _col("unit_2"),
    "city-2": _col("city_2"),
    "state-2": _col("state_2"),
    "zip-2": _col("zip_2"),
    "phone-1": pl.coalesce("mobile_phone", "home_phone", "work_phone"),
    "phone-2": pl.when(_col("mobile_phone").is_not_null()).then(_col("home_phone")),
    "email-1": pl.coalesce("email", "email_2"),
    "email-2": pl.when(_col("email").is_not_null()).then(_col("email_2")),
    "ssn": _col("ssn"),
    "driversLicenceNo": _col("licence"),
    "driversLicenceState": _col("licence_state"),
    "cohort-1": pl.lit(None, pl.String),
    "facilityId": pl.lit(None, pl.String),
    "hieOptOut": pl.when(_col("flags").str.contains("No Voicemail")).then(pl.lit("true")),
}

_THOROUGHCARE: dict[str, pl.Expr] = {
    "Patient First Name *": _col("first_name"),
    "Patient Last Name *": _col("last_name"),
    "Patient Birthday *": _col("birth_date").cast(pl.String),
    "Patient Gender *": _col("gender"),
    "EHR ID": _col("number"),
    "CCM Enrollment Date": _col("ccm_date"),
    "Care Manager First Name": _col("manager_first"),
    "Care Manager Last Name": _col("manager_last"),
    "Physician First Name": _col("physician_first"),
    "Physician Last Name": _col("physician_last"),
    "Home Phone": _dashed("home_phone"),
    "Mobile Phone": _dashed("mobile_phone"),
    "Work Phone": _dashed("work_phone"),
    "Email": _col("email"),
    "Street": pl.concat_str("street", "unit", separator=" ", ignore_nulls=True),
    "City": _col("city"),
    "State": _col("state"),
    "Zip Code": _col("zip"),
    "Notes": _col("notes"),
    "Medicare ID": _col("medicare_id"),
    "Medicare Enrollment Date": _col("medicare_date"),
    "ICD10 Code": _col("icd10"),
    "Primary Insurance": _col("plan"),
    "Primary Insurance Policy ID": _col("policy"),
    "Secondary Insurance": _col("secondary_plan"),
    "Risk Level": _col("risk_level"),
    "Risk Score": _col("risk_score"),
    "Patient Flags": _col("flags"),
    "Department": _col("department"),
    "Language": _col("language"),
    "Medications": _col("medications"),
}

_year = _col("birth_date").dt.year()
_PTDIRECT: dict[str, pl.Expr] = {
    "Internal_id": "K" + _col("number"),
    "First name": _col("first_name"),
    "Last name": _col("last_name"),
    "Year of birth": pl.when(_year < _EARLIEST_CLIENT_YEAR)
    .then(_year + 40)
    .otherwise(_year)
    .cast(pl.String),
    "Gender": _col("sex").str.to_lowercase(),
    "Email": _col("email"),
    "Mobile number": "001" + _col("mobile_phone"),
    "Diagnosis code": _col("icd10").str.split("; ").list.first(),
    "Client group": _col("client_group"),
}

_LAYOUTS: dict[Format, dict[str, pl.Expr]] = {
    "metriport": _METRIPORT,
    "thoroughcare": _THOROUGHCARE,
    "ptdirect": _PTDIRECT,
}
LINE_ENDS: dict[Format, str] = {"metriport": "\n", "thoroughcare": "\r\n", "ptdirect": "\n"}
HEADERLESS: frozenset[Format] = frozenset({"ptdirect"})


def headers(format_name: Format) -> list[str]:
    """Return the layout's columns in file order (for ptdirect: names of places, never written)."""
    return list(_LAYOUTS[format_name])


def first_line(format_name: Format) -> int:
    """Return the line, as a spreadsheet shows it, of the first data row."""
    return 1 if format_name in HEADERLESS else 2


def roster(people: pl.DataFrame, format_name: Format) -> pl.DataFrame:
    """Return people as a clean roster: one text column per header, null for an empty cell."""
    layout = _LAYOUTS[format_name]
    return people.select(cell.alias(header) for header, cell in layout.items())


def metriport_csv(people: pl.DataFrame, path: Path) -> None:
    """Write a clean metriport file: header, LF."""
    _write(people, "metriport", path)


def thoroughcare_csv(people: pl.DataFrame, path: Path) -> None:
    """Write a clean thoroughcare file: template header, CRLF."""
    _write(people, "thoroughcare", path)


def ptdirect_csv(people: pl.DataFrame, path: Path) -> None:
    """Write a clean ptdirect file: no header, LF. The format takes at most 1,000 rows."""
    _write(people, "ptdirect", path)


def _write(people: pl.DataFrame, format_name: Format, path: Path) -> None:
    roster(people, format_name).write_csv(
        path,
        include_header=format_name not in HEADERLESS,
        line_terminator=LINE_ENDS[format_name],
    )
