"""Errors as callers of the API see them: a status, and `{status, name, title, detail}`."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import Match

from gateway.api.models.body import Problem
from gateway.api.models.input import Unsupported
from gateway.http.errors import (
    HAS_NUL,
    UNAVAILABLE,
    is_ours,
    log_failure,
    log_unexpected,
    status_of,
)
from gateway.http.middleware import Answers
from schemas.errors import RosterlineError

LATER = {"Retry-After": "5"}
UNEXPECTED = "an error of ours; it was logged, and nothing was changed"


class Refused(Exception):
    """A request that is refused with this status."""

    def __init__(
        self, status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """An answer that says what is wrong."""
    said = HTTPStatus(status)
    name = said.phrase.title().replace(" ", "").replace("-", "") + "Error"
    body = Problem(status=status, name=name, title=said.phrase, detail=detail)
    return JSONResponse(body.model_dump(), status, dict(headers) if headers else None)


def unexpected(error: Exception) -> JSONResponse:
    """The answer to an error that no handler knows; the error is logged without its text."""
    status = log_unexpected(error)
    if status == HTTPStatus.BAD_REQUEST:
        return problem(status, HAS_NUL)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return problem(status, UNAVAILABLE, LATER)
    return problem(status, UNEXPECTED)


AS_JSON = Answers(
    refused=problem,
    unexpected=unexpected,
)


def handle_problems(app: FastAPI) -> None:
    """Have the application answer errors in our one way."""

    @app.exception_handler(Refused)
    async def refused(_: Request, error: Refused) -> JSONResponse:
        return _answer(error)

    @app.exception_handler(Unsupported)
    async def unsupported(_: Request, error: Unsupported) -> JSONResponse:
        return problem(HTTPStatus.NOT_IMPLEMENTED, str(error))

    @app.exception_handler(RosterlineError)
    async def explained(_: Request, error: RosterlineError) -> JSONResponse:
        return _answer(error)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> JSONResponse:
        caller = getattr(request.state, "caller", None)
        if caller is not None:
            # A caller without a valid key learns only that. A malformed call counts, too.
            try:
                await run_in_threadpool(caller.authenticate)
            except (Refused, RosterlineError) as refusal:
                return _answer(refusal)
        # Not the input itself, which pydantic would repeat.
        faults = (
            f"{'.'.join(str(part) for part in fault['loc'][1:]) or fault['loc'][0]}: {fault['msg']}"
            for fault in error.errors()
        )
        return problem(HTTPStatus.BAD_REQUEST, "; ".join(faults))

    @app.exception_handler(HTTPException)
    async def of_the_framework(request: Request, error: HTTPException) -> JSONResponse:
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            allowed = _methods(request)
            return problem(error.status_code, f"use {allowed} here", {"Allow": allowed})
        if error.status_code == HTTPStatus.NOT_FOUND:
            return problem(error.status_code, "there is nothing here; /docs lists the calls")
        return problem(error.status_code, error.detail, error.headers)


def _answer(error: Refused | RosterlineError) -> JSONResponse:
    if isinstance(error, Refused):
        return problem(error.status, error.detail, error.headers)
    status = status_of(error)
    if is_ours(error):
        log_failure(error)
        return problem(status, UNAVAILABLE, LATER)
    return problem(status, error.said)


def _methods(request: Request) -> str:
    """The methods of a path. The framework names those of its first route only."""
    return ", ".join(
        method
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL
            for route in request.app.routes
        )
    )
