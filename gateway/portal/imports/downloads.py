"""Files to take away: results, failed rows, templates; and the page of a format's rules."""

from http import HTTPStatus
from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import FileResponse, Response

from gateway.portal.context import Downloading, Seeing
from gateway.portal.imports.format_rules import rules_of
from gateway.portal.rendering import render
from registry.accounts.activity_log import record
from registry.ledger.import_pages import get_line, result_name
from schemas.catalogue import get_format
from schemas.errors import NotFound, StorageUnavailable
from schemas.reference import template

router = APIRouter()


@router.get("/imports/{import_id}/{kind}.csv")
def download(
    visit: Downloading, import_id: UUID, kind: Literal["result", "failed-rows"]
) -> FileResponse:
    """A result file of the latest attempt, or its failed rows alone."""
    stored = kind.replace("-", "_")
    with visit.within() as (connection, account):
        line = get_line(connection, account.id, import_id)
        if line.attempt is None or not line.is_over:
            raise NotFound("there is no result yet")
        name = result_name(connection, line.id, line.attempt, stored)
        path = visit.desk.settings.results_dir / line.partition_key / name
        if not path.is_file():
            raise StorageUnavailable("the result is gone; it can be made again")
        record(connection, visit.event("download", file_name=name))
    return FileResponse(path, media_type="text/csv; charset=utf-8", filename=name)


@router.get("/formats/{name}")
def show_rules(visit: Seeing, name: str) -> Response:
    """What files of a format look like, made from its declarations."""
    file_format = get_format(name)
    with visit.within() as (_, account):
        rules = rules_of(file_format, account)
    return render("rules.html", visit, account=account, format=file_format, rules=rules)


@router.get("/formats/{name}/template.csv")
def download_template(_: Seeing, name: str) -> Response:
    """A format's template."""
    text = template(get_format(name))
    headers = {"Content-Disposition": f'attachment; filename="{name}-template.csv"'}
    return Response(text, HTTPStatus.OK, headers, "text/csv; charset=utf-8")
