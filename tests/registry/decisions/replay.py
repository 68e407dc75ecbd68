"""What a clinic's files would make of its patients, in plain Python: each row in turn, by receipt.

Written without a look at how Rosterline does it. It knows one rule: a file that was received later
has the last word, about everything that it carries; an undone file has no word at all.
"""

from collections.abc import Iterable, Mapping, Sequence

CLEAR = "#N/A"
SINGLE = {
    "last": "last_name",
    "born": "birth_date",
    "ehr": "identifier/ehr/value",
    "mbi": "identifier/mbi/value",
    "city": "address/home/city",
    "score": "risk_score",
    "phone": "contact/phone/home/value",
    "email": "contact/email/main/value",
}
"""Columns with one value, and the address that it is kept at."""

Row = Mapping[str, str]


def replayed_rows(files: Iterable[Sequence[Row]]) -> list[dict[str, str]]:
    """The patients that these files make, in the order of their receipt; known by their EHR id."""
    patients: dict[str, dict[str, str]] = {}
    for rows in files:
        for row in rows:
            _take(row, patients.setdefault(row["ehr"], {}))
    return sorted(patients.values(), key=lambda patient: patient["identifier/ehr/value"])


def _take(row: Row, patient: dict[str, str]) -> None:
    for column, address in SINGLE.items():
        cell = row.get(column, "")
        if cell == CLEAR:
            patient.pop(address, None)
        elif cell:
            patient[address] = cell
    flags = row.get("flags", "")
    if flags == CLEAR:
        for address in [each for each in patient if each.startswith("flag/")]:
            del patient[address]
    else:
        for flag in filter(None, flags.split("; ")):
            patient[f"flag/{flag.lower()}/name"] = flag
