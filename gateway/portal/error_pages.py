"""Errors as users see them: a page that says what happened and where to go from there."""

from http import HTTPStatus
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp

from gateway.http.errors import (
    HAS_NUL,
    UNAVAILABLE,
    is_ours,
    log_failure,
    log_unexpected,
    status_of,
)
from gateway.http.middleware import Answers
from gateway.portal.formatting import sentence
from gateway.portal.languages import N_, gettext, translated
from gateway.portal.page_requests import PageRequest
from gateway.portal.refusals import AccountNeeded, Forbidden, Refused, SignInNeeded, StepNeeded
from gateway.portal.rendering import render
from registry.accounts.portal_users import roles_with
from schemas.errors import RosterlineError

FORBIDDEN = N_(
    "This needs the role %(needed)s, and yours is %(own)s. An administrator of your account can "
    "change your role."
)
ONLY_OPERATORS = N_("This is only for operators, who run this installation.")
STEPS = {"code": "/sign-in/code", "password": "/password", "enrol": "/second-factor"}
"""Where each step of signing in is done."""
NOT_FOUND = N_("There is no such page, or it does not belong to your account.")
UNEXPECTED = N_("Something went wrong on our side. The error was logged, and nothing was changed.")
TITLES = {
    HTTPStatus.FORBIDDEN: N_("Not allowed"),
    HTTPStatus.NOT_FOUND: N_("Not found"),
    HTTPStatus.CONFLICT: N_("Not possible now"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: N_("Too large"),
    HTTPStatus.SERVICE_UNAVAILABLE: N_("Not available"),
    HTTPStatus.INSUFFICIENT_STORAGE: N_("No room"),
}


def error_page(status: int, detail: str, page_request: PageRequest | None = None) -> Response:
    """A page that says what is wrong, in the page's language."""
    title = translated(TITLES.get(HTTPStatus(status), HTTPStatus(status).phrase))
    said = sentence(translated(detail))
    return render("error.html", page_request, status, title=title, detail=said)


def _unexpected(error: Exception) -> ASGIApp:
    status = log_unexpected(error)
    said = {HTTPStatus.SERVICE_UNAVAILABLE: UNAVAILABLE, HTTPStatus.BAD_REQUEST: HAS_NUL}
    return error_page(status, said.get(status, UNEXPECTED))


AS_PAGES = Answers(error_page, _unexpected)


def answer_errors_with_pages(app: FastAPI) -> None:
    """Register the handlers of all errors that a route may raise."""
    app.add_exception_handler(SignInNeeded, _to_sign_in)
    app.add_exception_handler(StepNeeded, _to_step)
    app.add_exception_handler(AccountNeeded, _to_accounts)
    for kind in (Forbidden, Refused, RosterlineError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _explained)


async def _to_sign_in(request: Request, _: Exception) -> Response:
    if request.url.path.endswith("/progress"):
        return JSONResponse({"state": "signed out"}, HTTPStatus.UNAUTHORIZED)
    if request.method != "GET":
        return RedirectResponse("/sign-in?over=1", HTTPStatus.SEE_OTHER)
    wanted = _address(request)
    target = "/sign-in" if wanted == "/" else f"/sign-in?next={quote(wanted)}"
    return RedirectResponse(target, HTTPStatus.SEE_OTHER)


async def _to_step(request: Request, error: Exception) -> Response:
    if not isinstance(error, StepNeeded):
        raise error
    if request.url.path.endswith("/progress"):
        return JSONResponse({"state": "signed out"}, HTTPStatus.UNAUTHORIZED)
    wanted = f"?next={quote(_address(request))}" if request.method == "GET" else ""
    return RedirectResponse(f"{STEPS[error.step]}{wanted}", HTTPStatus.SEE_OTHER)


def _address(request: Request) -> str:
    """What was asked for, so that signing in leads there: the path with its query."""
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


async def _to_accounts(_: Request, __: Exception) -> Response:
    return RedirectResponse("/accounts", HTTPStatus.SEE_OTHER)


async def _explained(request: Request, error: Exception) -> Response:
    page_request: PageRequest | None = getattr(request.state, "page_request", None)
    if isinstance(error, Forbidden) and page_request is not None:
        return error_page(HTTPStatus.FORBIDDEN, _needed_role(error, page_request), page_request)
    return error_page(*_status_and_detail(error), page_request)


def _needed_role(error: Forbidden, page_request: PageRequest) -> str:
    """`This needs the role importer or admin, and yours is viewer. …`."""
    roles = roles_with(error.permission)
    if roles[-1] == "operator":
        return ONLY_OPERATORS
    *others, last = (translated(role) for role in roles)
    if others:
        last = gettext("%(roles)s or %(role)s", roles=", ".join(others), role=last)
    return gettext(FORBIDDEN, needed=last, own=translated(page_request.session.user.role))


def _status_and_detail(error: Exception) -> tuple[int, str]:
    match error:
        case Refused():
            return error.status, error.said
        case RosterlineError() if is_ours(error):
            log_failure(error)
            return status_of(error), UNAVAILABLE
        case RosterlineError():
            return status_of(error), error.said
        case HTTPException() if error.status_code != HTTPStatus.NOT_FOUND:
            return error.status_code, str(error.detail)
        case _:
            return HTTPStatus.NOT_FOUND, NOT_FOUND
