"""Errors as people see them: a page that says what happened and where to go on."""

import logging
from http import HTTPStatus
from urllib.parse import quote

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp

from gateway.api.problems import STATUS_OF, UNAVAILABLE
from gateway.api.problems import unexpected as logged
from gateway.http.middleware import Answers
from gateway.portal.context import AccountNeeded, Forbidden, Refused, SignInNeeded, Visit
from gateway.portal.rendering import render
from schemas.errors import RosterlineError

logger = logging.getLogger(__name__)

FORBIDDEN = "Your role does not allow this. Ask an administrator of your account."
NOT_FOUND = "There is no such page, or it is not of your account."
UNEXPECTED = "An error of ours. It was logged, and nothing was changed."


def page(status: int, detail: str, visit: Visit | None = None) -> Response:
    """A page that says what is wrong."""
    titles = {403: "Not allowed", 404: "Not found", 409: "Not possible now", 413: "Too large",
              503: "Not available"}  # fmt: skip
    title = titles.get(status, HTTPStatus(status).phrase)
    return render("error.html", visit, status, title=title, detail=_sentence(detail))


def _too_large(most: int) -> ASGIApp:
    return page(413, f"A form has at most {most:,} bytes.")


def _unexpected(error: Exception) -> ASGIApp:
    logged(error)
    if isinstance(error, psycopg.OperationalError | PoolTimeout):
        return page(503, UNAVAILABLE)
    return page(500, UNEXPECTED)


AS_PAGES = Answers(_too_large, _unexpected)


def handle_problems(app: FastAPI) -> None:
    """Have the portal answer errors with pages."""
    app.add_exception_handler(SignInNeeded, _sign_in)
    app.add_exception_handler(AccountNeeded, _choose)
    for kind in (Forbidden, Refused, RosterlineError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _explained)


async def _sign_in(request: Request, _: Exception) -> Response:
    if request.url.path.endswith("/progress"):
        return JSONResponse({"state": "signed out"}, HTTPStatus.UNAUTHORIZED)
    if request.method != "GET":
        return RedirectResponse("/sign-in?over=1", HTTPStatus.SEE_OTHER)
    wanted = request.url.path
    target = "/sign-in" if wanted == "/" else f"/sign-in?next={quote(wanted)}"
    return RedirectResponse(target, HTTPStatus.SEE_OTHER)


async def _choose(_: Request, __: Exception) -> Response:
    return RedirectResponse("/accounts", HTTPStatus.SEE_OTHER)


async def _explained(request: Request, error: Exception) -> Response:
    visit: Visit | None = getattr(request.state, "visit", None)
    return page(*_status_and_words(error), visit)


def _status_and_words(error: Exception) -> tuple[int, str]:
    match error:
        case Forbidden():
            return HTTPStatus.FORBIDDEN, FORBIDDEN
        case Refused():
            return error.status, error.detail
        case RosterlineError() if status_of(error) >= HTTPStatus.INTERNAL_SERVER_ERROR:
            # Its text names folders and hosts of ours.
            logger.warning("a request failed: %s", error.code)
            return status_of(error), UNAVAILABLE
        case RosterlineError():
            return status_of(error), str(error)
        case HTTPException() if error.status_code != HTTPStatus.NOT_FOUND:
            return error.status_code, str(error.detail)
        case _:
            return HTTPStatus.NOT_FOUND, NOT_FOUND


def status_of(error: RosterlineError) -> int:
    """The HTTP status that goes with an error of ours."""
    return next(
        (STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF),
        HTTPStatus.INTERNAL_SERVER_ERROR,
    )


def _sentence(text: str) -> str:
    sentence = text[:1].upper() + text[1:]
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."
