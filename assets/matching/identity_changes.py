"""A file of which many rows share nothing but an identifier with their patient is held.

A column that was shifted or sorted alone makes every patient another person. No row of such a file
is to be believed, so the import fails with `identities_changed`, and a person decides. Where it is
right, `rosterline account set NAME --identity-changes 100` lets the next attempt through.
"""

import duckdb

from assets.attempt_work import AttemptWork
from assets.staging_database import scalar
from schemas.errors import FileFault

DEFAULT_PERCENT = 5.0
"""Of the rows of a file; an account's setting `identity_change_percent` is in its place."""
FEWEST_ROWS = 3
"""Below, no file is held: one re-used number in a file of four rows is no shifted column."""


def hold_for_identity_changes(connection: duckdb.DuckDBPyConnection, work: AttemptWork) -> None:
    """Compare table `identity_change` with what the account allows.

    Raises:
        FileFault: there are more.
    """
    changed = scalar(connection, "SELECT count(*) FROM identity_change")
    if changed < FEWEST_ROWS:
        return
    rows = scalar(connection, "SELECT count(*) FROM staged")
    percent = float(work.account.settings.get("identity_change_percent", DEFAULT_PERCENT))
    if changed * 100 > rows * percent:
        first = scalar(connection, "SELECT min(line) FROM identity_change")
        raise FileFault("identities_changed", _reason(changed, rows, first, percent), first)


def _reason(changed: int, rows: int, first: int, percent: float) -> str:
    return (
        f"{changed:,} of {rows:,} rows, the first on line {first}, have the identifier of a "
        "patient whose first name, last name and birth are all different; a column may have been "
        "shifted or sorted alone; nothing was imported; the account allows "
        f"{percent:g} % of a file's rows; if the file is right, an operator raises that "
        "(`rosterline account set NAME --identity-changes 100`) and imports it again"
    )
