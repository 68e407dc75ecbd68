"""One import: how far it is, and what became of each row."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from psycopg import Connection
from starlette.responses import Response

from gateway.portal.formatting import seconds
from gateway.portal.imports.one_archive import archive_page, archive_progress
from gateway.portal.languages import N_
from gateway.portal.page_requests import CanSee, PageRequest
from gateway.portal.rendering import render
from gateway.portal.rows import identities
from gateway.portal.rows.grid import read_grid
from gateway.portal.rows.seen_rows import note_seen
from gateway.portal.source_labels import SOURCE_LABELS
from registry.decisions.automatic_links import links_of_import
from registry.decisions.undo import undone_imports
from registry.landing.layouts import mapping_version
from registry.ledger.held_files import find_held
from registry.ledger.import_pages import (
    ImportLine,
    count_issues,
    count_warned,
    get_line,
    list_stages,
)
from registry.ledger.kept_rows import SORTS, Sort, Wanted
from registry.requests import portal_submissions
from rosters.mapped_layout import HEADER_FAULTS
from schemas.catalogue import get_format
from schemas.issues import CODES

router = APIRouter()

MAX_TEXT_CHARACTERS = 200
MAX_LINE_DIGITS = 9

STAGE_LABELS = {
    "landed_files": N_("Read the file"),
    "staged_patients": N_("Check every row"),
    "matched_patients": N_("Find the patients"),
    "patients": N_("Update the patients"),
    "result_files": N_("Write the result"),
}
CHECK_LABELS = STAGE_LABELS | {"patients": N_("Work out what would change")}
"""For a check, which changes no patient."""


@dataclass(frozen=True)
class Step:
    """A stage as the page shows it; `state` is `done`, `now` or `next`."""

    name: str
    label: str
    state: str
    took: str


@router.get("/imports/{import_id}")
def show_import(
    page_request: CanSee,
    import_id: UUID,
    show: str = "",
    code: str = "",
    sort: str = "",
    after: int = 0,
) -> Response:
    """An import: how far it is, or what became of its rows.

    `show` is the kind of rows, and without it the failed rows, if there are any. `code` is an issue
    that they have, and `sort` their order. The page of rows begins behind line `after`.
    """
    return _page(page_request, import_id, _wanted(show, code, sort, after))


@router.post("/imports/{import_id}/rows")
def find_rows(page_request: CanSee, import_id: UUID) -> Response:
    """The same with the rows in which a text was found.

    A form, so that names and numbers of patients are in no address.
    """
    form = page_request.form
    after = form.get("after", "")
    wanted = _wanted(
        form.get("show", ""),
        form.get("code", ""),
        form.get("sort", ""),
        int(after) if after.isdecimal() and len(after) < MAX_LINE_DIGITS else 0,
    )
    text = form.get("text", "")[:MAX_TEXT_CHARACTERS]
    return _page(page_request, import_id, replace(wanted, text=text))


def _wanted(show: str, code: str, sort: str, after: int) -> Wanted:
    order: Sort = next((each for each in SORTS if each == sort), "line")
    return Wanted(kind=show, code=code, sort=order, after=after)


def _page(page_request: PageRequest, import_id: UUID, wanted: Wanted) -> Response:
    with page_request.as_reader() as (connection, account):
        line = get_line(connection, account.id, import_id)
        if line.members:
            return archive_page(page_request, connection, account, line)
        shown = {
            "imported_as": portal_submissions.import_of(connection, import_id),
            "undone": undone_imports(connection, [import_id]).get(import_id),
            "steps": _steps(connection, line),
            "mapping": mapping_version(connection, import_id, line.attempt or 0),
            "links": links_of_import(connection, import_id),
            "held": find_held(connection, import_id),
            "corrections": portal_submissions.corrections_of(connection, account.id, import_id),
            "corrected": portal_submissions.corrected_import(connection, account.id, import_id),
            **_rows_and_issues(page_request, connection, line, wanted),
        }
    if (shown["rows"] and shown["rows"].rows) or shown["identities"]:
        note_seen(page_request, line)
    return render(
        "imports/one_import.html",
        page_request,
        account=account,
        zone=account.time_zone,
        line=line,
        source=SOURCE_LABELS[line.source],
        may_be_mapped=line.state == "completed" or line.fault_code in HEADER_FAULTS,
        format=get_format(line.format),
        run_url=f"/dagster/runs/{line.run_id}" if line.run_id else None,
        **shown,
    )


@router.get("/imports/{import_id}/progress")
def show_progress(page_request: CanSee, import_id: UUID) -> dict[str, Any]:
    """How far an import is, for the script of its page."""
    with page_request.as_reader() as (connection, account):
        line = get_line(connection, account.id, import_id)
        if line.members:
            return archive_progress(connection, account.id, line)
        steps = _steps(connection, line)
    return {
        "state": line.state,
        "over": line.is_over,
        "steps": [{"name": step.name, "state": step.state, "took": step.took} for step in steps],
    }


def _rows_and_issues(
    page_request: PageRequest, connection: Connection, line: ImportLine, wanted: Wanted
) -> Mapping[str, Any]:
    if line.attempt is None:
        return {"issues": [], "rows": None, "kind": "", "warned": 0, "identities": []}
    # A finding of rows that do not fail is looked for in all of them.
    usual = "errored" if line.errored and not wanted.code else "all"
    wanted = replace(wanted, kind=wanted.kind or usual)
    imported = portal_submissions.get_own(connection, page_request.account_id, line.id)
    counted = count_issues(connection, line.id, line.attempt)
    settings, sha256 = page_request.context.settings, imported.sha256
    has_changed = any(each["code"] == identities.CODE for each in counted)
    return {
        "issues": [each | {"about": CODES.get(each["code"])} for each in counted],
        "identities": identities.changed_identities(connection, settings, line, sha256)
        if has_changed
        else [],
        "warned": count_warned(connection, line.id, line.attempt),
        "rows": read_grid(connection, page_request.context.settings, line, imported.sha256, wanted),
        "kind": wanted.kind,
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
