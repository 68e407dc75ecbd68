"""Texts that pages show and that other packages declare: codes, kinds, states, reasons.

Each is looked up by the filter `translated` as it stands. Texts of `SAID` come with values in them.
"""

from collections.abc import Iterator
from http import HTTPStatus

from gateway.http import errors
from identity.comparisons import COMPARISONS
from registry.accounts.portal_users import ACCOUNT_ROLES
from registry.decisions.review_queue import REASONS
from registry.decisions.score_bands import BANDS
from registry.landing.disk_reserve import NO_ROOM
from registry.requests import portal_submissions
from registry.tables import enums
from rosters.delimiters import DELIMITERS
from rosters.mends import MENDS
from schemas.canonical import PARTS, SCALARS
from schemas.catalogue import FORMATS
from schemas.issues import CODES, FILE_FAULTS

STRENGTHS = (
    "strong for",
    "for",
    "weak for",
    "strong against",
    "against",
    "weak against",
    "neither",
)
"""Of `registry/decisions/evidence.py`."""

WORDS = (
    *("Portal", "Dagster", "SFTP", "API"),  # doors of the activity log
    *("Internal", "External", "Ssn", "License"),  # systems of identifiers
    *("zip archive", "zip archive or workbook", "workbook", "gzip file", "file in the archive"),
    *("rows with another person's identifier", "failed rows", "patients missing from the list"),
    *("a PDF document", "a 7-Zip archive", "a RAR archive", "a picture", "a database"),
    *("a Parquet file", "is never closed", "is closed in the middle of a later line"),
    *("same", "right", "wrong", "far", "is not in the registry any more"),
)
"""Words that texts of `SAID` and of refusals have in the place of values."""

UNWISE_PASSWORDS = (
    "It is made of few or common parts.",
    "Straight rows of keys are easy to guess.",
    "Short keyboard patterns are easy to guess.",
    'Repeats like "aaa" are easy to guess.',
    'Repeats like "abcabcabc" are only slightly harder to guess than "abc".',
    'Sequences like "abc" or "6543" are easy to guess.',
    "Recent years are easy to guess.",
    "Dates are often easy to guess.",
    "This is a top-10 common password.",
    "This is a top-100 common password.",
    "This is a very common password.",
    "This is similar to a commonly used password.",
    "A word by itself is easy to guess.",
    "Names and surnames by themselves are easy to guess.",
    "Common names and surnames are easy to guess.",
)
"""What zxcvbn says of passwords."""

STATUSES = (400, 401, 405, 408, 410, 422, 429, 500)
"""Whose phrases are titles of error pages."""

CHANGED_SINCE = (
    "patients changed since this file was checked: {where} would now end otherwise; nothing was "
    "imported; check it again"
)
"""Of `assets/patients/same_as_check.py`."""

ROSTERS = "{count} rosters in the archive, each {done} by itself"
"""Of `assets/landed_files/land.py`."""

SAID = (
    *(ROSTERS.replace("{done}", done) for done in ("imported", "checked")),
    *(
        ROSTERS.replace("{done}", done) + "; passed over: {which}"
        for done in ("imported", "checked")
    ),
    "{rows} rows, usually {norm} ({percent} off, up to {most} % is allowed)",
    "{count} {what}, {share} % where {norm} % is usual (up to {most} points more are allowed)",
    "refused by {by}, after it was held; nothing was imported",
    CHANGED_SINCE.replace("{where}", "line {line}"),
    CHANGED_SINCE.replace("{where}", "lines {lines} and {more} more"),
    CHANGED_SINCE.replace("{where}", "lines {lines}"),
    "line {line} looks like the header; remove the lines above it",
    "the first line must be the header, as the template of the format {name} has it",
    "required columns are missing: {columns}; line {line} looks like the header",
    "the address must begin with https:// and name a host",
    "the address names no host or port that there can be",
    "the address must hold no user name, password or control characters",
    "a body has at most {count} bytes",
    "the body did not come within {seconds} seconds",
    "the address has the character NUL (%00)",
    "{label}: is missing; fill in all that belong together, or none",
    "{label}: is required",
)
"""Texts that are put together of several, or that no error is made of."""


def declared() -> Iterator[str]:
    """All of them but `SAID`; some come several times."""
    yield from (code.meaning for code in CODES.values())
    # Commands help nobody on a page, so it leaves their remedies out.
    yield from (code.remedy for code in FILE_FAULTS if "`" not in code.remedy)
    for file_format in FORMATS.values():
        yield file_format.title
        for column in file_format.columns:
            yield from (column.kind.name, column.kind.describe, column.note.replace("`", ""))
    for comparison in COMPARISONS:
        yield comparison.title
        yield from (level.words for level in comparison.levels)
    for name in (*(each.name for each in SCALARS), *(each.name for each in PARTS)):
        yield name.replace("_", " ").capitalize()
    for attribute in (attribute for each in PARTS for attribute in each.attributes):
        yield attribute.replace("_", " ")
    yield from (state.capitalize() for state in enums.IMPORT_STATES)
    yield from (*enums.IMPORT_STATES, *enums.SEVERITIES, *ACCOUNT_ROLES, "operator")
    yield from (action.replace("_", " ") for action in enums.ACCESS_ACTIONS)
    yield from (*REASONS.values(), *BANDS, *(mend.title for mend in MENDS))
    yield from DELIMITERS.values()
    yield from (HTTPStatus(status).phrase for status in STATUSES)
    yield from (errors.HAS_NUL, errors.UNAVAILABLE, NO_ROOM)
    yield from (portal_submissions.CANCELLED, portal_submissions.CANCELLED_UNDER_WAY)
    yield from (*STRENGTHS, *WORDS, *UNWISE_PASSWORDS)
