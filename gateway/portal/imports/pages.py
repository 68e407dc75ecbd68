"""Imports: the list, one import with its rows, and how far it is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.portal.context import Seeing, Visit
from gateway.portal.imports.row_pages import row_page
from gateway.portal.rendering import render, seconds
from registry.accounts.accounts import Account
from registry.decisions.undo import undone_imports
from registry.ledger.import_pages import (
    ImportFilter,
    ImportLine,
    count_issues,
    get_line,
    list_imports,
    list_stages,
)
from registry.requests import portal_submissions
from registry.tables.enums import IMPORT_STATES
from schemas.catalogue import get_format
from schemas.errors import NotFound
from schemas.issues import CODES

router = APIRouter()

PAGE_IMPORTS = 25
SOURCES = {
    "portal": "Portal",
    "sftp": "SFTP",
    "api": "API",
    "drop": "Drop folder",
    "cli": "Command",
}
STAGES = {
    "landed_files": "Read the file",
    "staged_patients": "Check every row",
    "matched_patients": "Find the patients",
    "patients": "Update the patients",
    "result_files": "Write the result",
}
MAX_TEXT = 200


@dataclass(frozen=True)
class Step:
    """A stage as the page shows it: `done`, `now` or `next`."""

    name: str
    label: str
    state: str
    took: str


@router.get("/imports")
def show_imports(
    visit: Seeing,
    q: Annotated[str, Query(max_length=MAX_TEXT)] = "",
    state: Annotated[str, Query(max_length=MAX_TEXT)] = "",
    source: Annotated[str, Query(max_length=MAX_TEXT)] = "",
    after: Annotated[str, Query(max_length=MAX_TEXT)] = "",
) -> Response:
    """The imports, the newest first."""
    wanted = ImportFilter(q.strip(), state, source, _position(after))
    with visit.within() as (connection, account):
        found = list_imports(connection, account.id, wanted, PAGE_IMPORTS + 1)
    lines = found[:PAGE_IMPORTS]
    more = _mark(lines[-1]) if len(found) > PAGE_IMPORTS else None
    return render(
        "imports.html",
        visit,
        account=account,
        zone=account.time_zone,
        lines=lines,
        more=more,
        q=q,
        state=state,
        source=source,
        states=IMPORT_STATES,
        sources=SOURCES,
        first=not after,
    )


@router.get("/imports/{import_id}")
def show_import(visit: Seeing, import_id: UUID, show: str = "", after: int = 0) -> Response:
    """One import: how far it is, or what became of each row."""
    with visit.within() as (connection, account):
        line = get_line(connection, account.id, import_id)
        imported = portal_submissions.get_own(connection, account.id, import_id)
        values: dict[str, Any] = {
            "imported_as": portal_submissions.import_of(connection, import_id),
            "undone": undone_imports(connection, [import_id]).get(import_id),
        }
        if line.attempt is not None:
            kind = show or ("errored" if line.errored else "all")
            values |= {
                "issues": [
                    each | {"about": CODES.get(each["code"])}
                    for each in count_issues(connection, line.id, line.attempt)
                ],
                "rows": row_page(
                    connection, visit.desk.settings, line, imported.sha256, kind, after
                ),
                "kind": kind,
            }
        stages = list_stages(connection, line.id, line.attempt or 0)
    return _page(visit, account, line, stages, values | {"after": after})


@router.get("/imports/{import_id}/progress")
def show_progress(visit: Seeing, import_id: UUID) -> dict[str, Any]:
    """How far an import is, for the script of its page."""
    with visit.within() as (connection, account):
        line = get_line(connection, account.id, import_id)
        stages = list_stages(connection, line.id, line.attempt or 0)
    steps = [{"name": step.name, "state": step.state, "took": step.took}
             for step in _steps(line, stages)]  # fmt: skip
    return {"state": line.state, "over": line.is_over, "steps": steps}


def _page(
    visit: Visit,
    account: Account,
    line: ImportLine,
    stages: dict[str, float],
    values: dict[str, Any],
) -> Response:
    shown = {"issues": [], "rows": None, "kind": ""} | values
    return render(
        "one_import.html",
        visit,
        account=account,
        zone=account.time_zone,
        line=line,
        steps=list(_steps(line, stages)),
        source=SOURCES[line.source],
        format=get_format(line.format),
        run_url=f"{visit.desk.settings.run_url}/{line.run_id}" if line.run_id else None,
        **shown,
    )


def _steps(line: ImportLine, stages: dict[str, float]) -> list[Step]:
    steps, is_next = [], line.state == "processing"
    for name, label in STAGES.items():
        if name in stages:
            steps.append(Step(name, label, "done", seconds(stages[name])))
            continue
        steps.append(Step(name, label, "now" if is_next else "next", ""))
        is_next = False
    return steps


def _mark(line: ImportLine) -> str:
    return f"{line.received_at.isoformat()}_{line.id}"


def _position(mark: str) -> tuple[datetime, UUID] | None:
    if not mark:
        return None
    at, _, last = mark.rpartition("_")
    try:
        return datetime.fromisoformat(at), UUID(last)
    except ValueError as error:
        raise NotFound("there is no such page") from error
