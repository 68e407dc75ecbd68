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

from gateway.api.edge import Answers
from gateway.api.problems import STATUS_OF, UNAVAILABLE
from gateway.api.problems import unexpected as logged
from gateway.portal.desk import AccountNeeded, Forbidden, Refused, SignInNeeded, Visit
from gateway.portal.pages import render
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

    @app.exception_handler(SignInNeeded)
    async def sign_in(request: Request, _: SignInNeeded) -> Response:
        if request.url.path.endswith("/progress"):
            return JSONResponse({"state": "signed out"}, HTTPStatus.UNAUTHORIZED)
        if request.method != "GET":
            return RedirectResponse("/sign-in?over=1", HTTPStatus.SEE_OTHER)
        wanted = request.url.path
        target = "/sign-in" if wanted == "/" else f"/sign-in?next={quote(wanted)}"
        return RedirectResponse(target, HTTPStatus.SEE_OTHER)

    @app.exception_handler(AccountNeeded)
    async def choose(_: Request, __: AccountNeeded) -> Response:
        return RedirectResponse("/accounts", HTTPStatus.SEE_OTHER)

    @app.exception_handler(Forbidden)
    async def forbidden(request: Request, _: Forbidden) -> Response:
        return page(HTTPStatus.FORBIDDEN, FORBIDDEN, _visit(request))

    @app.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> Response:
        return page(error.status, error.detail, _visit(request))

    @app.exception_handler(RosterlineError)
    async def explained(request: Request, error: RosterlineError) -> Response:
        status = status_of(error)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            # Its text names folders and hosts of ours.
            logger.warning("a request failed: %s", error.code)
            return page(status, UNAVAILABLE, _visit(request))
        return page(status, str(error), _visit(request))

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, _: RequestValidationError) -> Response:
        return page(HTTPStatus.NOT_FOUND, NOT_FOUND, _visit(request))

    @app.exception_handler(HTTPException)
    async def of_the_framework(request: Request, error: HTTPException) -> Response:
        detail = NOT_FOUND if error.status_code == HTTPStatus.NOT_FOUND else str(error.detail)
        return page(error.status_code, detail, _visit(request))


def status_of(error: RosterlineError) -> int:
    """The HTTP status that goes with an error of ours."""
    return next(
        (STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF),
        HTTPStatus.INTERNAL_SERVER_ERROR,
    )


def _visit(request: Request) -> Visit | None:
    return getattr(request.state, "visit", None)


def _sentence(text: str) -> str:
    sentence = text[:1].upper() + text[1:]
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."
