"""The page of an archive with several rosters: what became of each."""

from typing import Any

from psycopg import Connection
from starlette.responses import Response

from gateway.portal.formatting import seconds
from gateway.portal.page_requests import PageRequest
from gateway.portal.rendering import render
from gateway.portal.source_labels import SOURCE_LABELS
from registry.accounts.accounts import Account
from registry.decisions.undo import undone_imports
from registry.ledger.import_pages import ImportLine, list_members
from registry.ledger.moves import IMPORT_IS_UNDER_WAY
from registry.requests import portal_submissions


def archive_page(
    page_request: PageRequest, connection: Connection, account: Account, line: ImportLine
) -> Response:
    """The archive, what was found in it, and each member with its outcome."""
    members = list_members(connection, account.id, line.id)
    return render(
        "imports/one_archive.html",
        page_request,
        account=account,
        zone=account.time_zone,
        line=line,
        members=members,
        is_running=_is_running(members),
        source=SOURCE_LABELS[line.source],
        sources=SOURCE_LABELS,
        imported_as=portal_submissions.import_of(connection, line.id),
        undone=undone_imports(connection, [line.id]).get(line.id),
    )


def archive_progress(connection: Connection, account_id: int, line: ImportLine) -> dict[str, Any]:
    """How far the members are, for the script of the page."""
    members = list_members(connection, account_id, line.id)
    is_running = _is_running(members)
    return {
        "state": "processing" if is_running else line.state,
        "over": not is_running,
        "steps": [
            {"name": str(each.id), "state": _step(each), "took": seconds(each.seconds)}
            for each in members
        ],
    }


def _is_running(members: list[ImportLine]) -> bool:
    """Whether something more happens to a member by itself; a held one waits for a person."""
    return any(member.state in IMPORT_IS_UNDER_WAY for member in members)


def _step(member: ImportLine) -> str:
    return {"waiting": "next", "held": "next", "processing": "now"}.get(member.state, "done")
