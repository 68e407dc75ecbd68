"""One import: how far it is, and what became of each row."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from psycopg import Connection
from starlette.responses import Response

from gateway.portal.imports.row_pages import row_page
from gateway.portal.page_requests import CanSee, PageRequest
from gateway.portal.rendering import render, seconds
from gateway.portal.source_labels import SOURCE_LABELS
from registry.decisions.automatic_links import links_of_import
from registry.decisions.undo import undone_imports
from registry.ledger.held_files import find_held
from registry.ledger.import_pages import ImportLine, count_issues, get_line, list_stages
from registry.requests import portal_submissions
from schemas.catalogue import get_format
from schemas.issues import CODES

router = APIRouter()

STAGE_LABELS = {
    "landed_files": "Read the file",
    "staged_patients": "Check every row",
    "matched_patients": "Find the patients",
    "patients": "Update the patients",
    "result_files": "Write the result",
}
CHECK_LABELS = STAGE_LABELS | {"patients": "Work out what would change"}
"""For a check, which changes no patient."""


@dataclass(frozen=True)
class Step:
    """A stage as the page shows it; `state` is `done`, `now` or `next`."""

    name: str
    label: str
    state: str
    took: str


@router.get("/imports/{import_id}")
def show_import(page_request: CanSee, import_id: UUID, show: str = "", after: int = 0) -> Response:
    """An import: how far it is, or what became of its rows.

    `show` is the kind of rows, and without it the failed rows, if there are any. The page of rows
    begins behind line `after`.
    """
    with page_request.as_reader() as (connection, account):
        line = get_line(connection, account.id, import_id)
        shown = {
            "imported_as": portal_submissions.import_of(connection, import_id),
            "undone": undone_imports(connection, [import_id]).get(import_id),
            "steps": _steps(connection, line),
            "links": links_of_import(connection, import_id),
            "held": find_held(connection, import_id),
            **_rows_and_issues(page_request, connection, line, show, after),
        }
    return render(
        "imports/one_import.html",
        page_request,
        account=account,
        zone=account.time_zone,
        line=line,
        source=SOURCE_LABELS[line.source],
        format=get_format(line.format),
        run_url=f"/dagster/runs/{line.run_id}" if line.run_id else None,
        after=after,
        **shown,
    )


@router.get("/imports/{import_id}/progress")
def show_progress(page_request: CanSee, import_id: UUID) -> dict[str, Any]:
    """How far an import is, for the script of its page."""
    with page_request.as_reader() as (connection, account):
        line = get_line(connection, account.id, import_id)
        steps = _steps(connection, line)
    return {
        "state": line.state,
        "over": line.is_over,
        "steps": [{"name": step.name, "state": step.state, "took": step.took} for step in steps],
    }


def _rows_and_issues(
    page_request: PageRequest, connection: Connection, line: ImportLine, show: str, after: int
) -> Mapping[str, Any]:
    if line.attempt is None:
        return {"issues": [], "rows": None, "kind": ""}
    kind = show or ("errored" if line.errored else "all")
    imported = portal_submissions.get_own(connection, page_request.account_id, line.id)
    counted = count_issues(connection, line.id, line.attempt)
    return {
        "issues": [each | {"about": CODES.get(each["code"])} for each in counted],
        "rows": row_page(
            connection, page_request.context.settings, line, imported.sha256, kind, after
        ),
        "kind": kind,
    }


def _steps(connection: Connection, line: ImportLine) -> list[Step]:
    """The stages in their order: those that are done, the one that runs, those that follow."""
    took = list_stages(connection, line.id, line.attempt or 0)
    steps, is_running = [], line.state == "processing"
    for name, label in (CHECK_LABELS if line.dry_run else STAGE_LABELS).items():
        if name in took:
            steps.append(Step(name, label, "done", seconds(took[name])))
        else:
            steps.append(Step(name, label, "now" if is_running else "next", ""))
            is_running = False
    return steps
