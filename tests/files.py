"""Small files for tests: what a sender would write, a dictionary a row."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path

Row = Mapping[str, str]

CARE_KEYS = {
    "first": "Patient First Name *",
    "last": "Patient Last Name *",
    "born": "Patient Birthday *",
    "gender": "Patient Gender *",
    "ehr": "EHR ID",
    "mbi": "Medicare ID",
    "phone": "Home Phone",
    "email": "Email",
    "street": "Street",
    "city": "City",
    "notes": "Notes",
    "flags": "Patient Flags",
    "department": "Department",
    "score": "Risk Score",
    "risk": "Risk Level",
    "codes": "ICD10 Code",
}
MARIA = {"first": "Maria", "last": "Lopez", "born": "1961-05-27", "gender": "F"}
JOHN = {"first": "John", "last": "Smith", "born": "1950-01-02", "gender": "M"}
METRIPORT_HEADER = "firstName,lastName,dob,gender,addressLine1,city,state,zip"
METRIPORT_ROW = "Maria,Lopez,1961-05-27,F,1 Main Street,Portland,ME,04101"
PTDIRECT_ROW = "C-1001,John,Smith,1977,m"


def care(*rows: Row) -> str:
    """A ThoroughCare file; keys are those of CARE_KEYS, a missing one leaves its cell blank."""
    keys = list(dict.fromkeys([*MARIA, *(key for row in rows for key in row)]))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, keys, restval="", lineterminator="\r\n")
    text.write(",".join(CARE_KEYS[key] for key in keys) + "\r\n")
    writer.writerows(rows)
    return text.getvalue()


def maria(**cells: str) -> Row:
    """A row about Maria Lopez, whose EHR id is E-1 unless given."""
    return {**MARIA, "ehr": "E-1", **cells}


def john(**cells: str) -> Row:
    """A row about John Smith, whose EHR id is E-2 unless given."""
    return {**JOHN, "ehr": "E-2", **cells}


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below `folder` with its bytes, by its path there."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
