"""One name for a column, however a sender spells its header; strangers' headers have none.

A header that the format does not know is a stranger's text, and may be a patient's.
"""

import re

from schemas.catalogue import FORMATS
from schemas.formats import Format

STRANGER = "another column"
"""Stands for every column that the format does not know."""


def labels(file_format: Format) -> dict[str, str]:
    """Label by folded spelling, of all spellings that the format accepts.

    What differs from a known header in signs alone counts as it; the formats are stricter.
    """
    of_columns = {
        fold(header): column.label
        for column in reversed(file_format.columns)
        for header in column.headers
    }
    return of_columns | {fold(need.slot): need.slot for need in file_format.at_least_one}


def label(format_name: str, header: str | None) -> str | None:
    """What reports call the column that the ledger knows by this header; None stays None."""
    if header is None:
        return None
    return labels(FORMATS[format_name]).get(fold(header), STRANGER)


def fold(header: str) -> str:
    """Letters and digits of a spelling, in lower case; `stg_row_issues` does the same in SQL."""
    return re.sub("[^a-z0-9]", "", header.lower())
