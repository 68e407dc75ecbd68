"""What files of a format look like: the page of its rules, and its template."""

from http import HTTPStatus

from fastapi import APIRouter
from starlette.responses import Response

from gateway.portal.imports.format_rules import rules_of
from gateway.portal.page_requests import CanSee
from gateway.portal.rendering import render
from schemas.catalogue import get_format
from schemas.reference import template

router = APIRouter()


@router.get("/formats/{name}")
def show_rules(page_request: CanSee, name: str) -> Response:
    """The rules of a format's columns, made from its declarations."""
    file_format = get_format(name)
    with page_request.as_account() as (_, account):
        rules = rules_of(file_format, account)
    return render(
        "imports/format_rules.html", page_request, account=account, format=file_format, rules=rules
    )


@router.get("/formats/{name}/template.csv")
def download_template(_: CanSee, name: str) -> Response:
    """A format's template."""
    text = template(get_format(name))
    headers = {"Content-Disposition": f'attachment; filename="{name}-template.csv"'}
    return Response(text, HTTPStatus.OK, headers, "text/csv; charset=utf-8")
