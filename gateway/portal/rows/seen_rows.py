"""Who saw the rows of an import: a line of the activity log, as for a patient's page."""

from datetime import timedelta

from gateway.portal.page_requests import PageRequest
from registry.accounts.activity_log import record_unless_lately
from registry.ledger.import_pages import ImportLine

AGAIN = timedelta(hours=1)
"""Whoever pages, filters and searches on within this time still looks at the rows of before."""


def note_seen(page_request: PageRequest, line: ImportLine) -> None:
    """Keep that the user sees rows of this import, at most once in `AGAIN`."""
    event = page_request.event("view", f"rows of import {line.id}", line.file_name)
    with page_request.as_account() as (connection, _):
        record_unless_lately(connection, event, AGAIN)
