"""The names of result files, whatever the sender's file is called and whichever way it came.

`2026-11-21_roster.csv`, then `2026-11-21_roster_2.csv`: the name of the sender's file, after the
day on which it was received; for a member of an archive `2026-11-21_rosters.zip_north_clinic.csv`.
It always ends in .csv or .txt, because the text in it is CSV. Only the failed rows of a workbook
are a workbook as well: `2026-11-21_roster_failed-rows.xlsx`.
"""

import unicodedata
from collections.abc import Iterator
from datetime import date
from itertools import count
from pathlib import PurePath

MAX_NAME_BYTES = 255
"""What Linux file systems allow."""

LONGEST_SUFFIX_BYTES = 20
"""What follows the last point of a name and is longer belongs to the name itself."""

TEXT_SUFFIXES = (".csv", ".txt")
WORKBOOK_SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")


def result_names(
    file_name: str, received_on: date, kind: str, attempt: int, first: int = 1
) -> Iterator[str]:
    """The names that a result file may have, the first choice first. They never run out.

    `kind` is `result`, `failed_rows` or `failed_workbook`; `attempt` is the attempt's number.

    Example:
        For `roster.xlsx` received on 26 November 2026: `2026-11-26_roster.xlsx.csv`, then
        `2026-11-26_roster.xlsx_2.csv`, and so on.
    """
    is_workbook = kind == "failed_workbook"
    file_name = file_name.replace("/", "_")
    stem, suffix = (_stem_of_workbook if is_workbook else _stem_and_suffix)(file_name)
    failed_rows = "" if kind == "result" else "_failed-rows"
    of_attempt = f"_attempt-{attempt}" if attempt > 1 else ""
    for number in count(first):
        again = f"_{number}" if number > 1 else ""
        ending = f"{failed_rows}{again}{of_attempt}{suffix}"
        yield fitting(f"{received_on.isoformat()}_{stem}", ending)


def fitting_name(name: str, addition: str = "") -> str:
    """`name` with `addition` before its suffix, cut where it would be too long."""
    path = PurePath(name)
    if len(path.suffix.encode()) > LONGEST_SUFFIX_BYTES:
        return fitting(name, addition)
    return fitting(path.stem, addition + path.suffix)


def fitting(stem: str, ending: str) -> str:
    """A name that file systems take: `stem` is cut, between two characters, where it is too long.

    Marks go with the letter that they stand on: half a letter would be another one.
    """
    kept = stem.encode()[: MAX_NAME_BYTES - len(ending.encode())].decode(errors="ignore")
    if len(kept) < len(stem) and unicodedata.combining(stem[len(kept)]):
        while kept and unicodedata.combining(kept[-1]):
            kept = kept[:-1]
        kept = kept[:-1]
    return kept + ending


def _stem_of_workbook(file_name: str) -> tuple[str, str]:
    given = PurePath(file_name)
    is_named_so = given.suffix.lower() in (*WORKBOOK_SUFFIXES, *TEXT_SUFFIXES)
    return given.stem if is_named_so else given.name, WORKBOOK_SUFFIXES[0]


def _stem_and_suffix(file_name: str) -> tuple[str, str]:
    given = PurePath(file_name)
    if given.suffix.lower() in TEXT_SUFFIXES:
        return given.stem, given.suffix
    return given.name, TEXT_SUFFIXES[0]
