"""Errors as callers see them: a status, and the body `{status, name, title, detail}`.

The one place that maps our error tree to HTTP.
"""

import logging
from collections.abc import Mapping
from http import HTTPStatus

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from psycopg_pool import PoolTimeout
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import Match

from gateway.api.models.body import Problem
from schemas.errors import (
    DatabaseUnavailable,
    Expired,
    NotAllowed,
    NotFound,
    RosterlineError,
    StorageUnavailable,
    UnknownKey,
)

logger = logging.getLogger(__name__)

STATUS_OF: Mapping[type[object], HTTPStatus] = {
    Expired: HTTPStatus.FORBIDDEN,
    UnknownKey: HTTPStatus.UNAUTHORIZED,
    NotFound: HTTPStatus.NOT_FOUND,
    NotAllowed: HTTPStatus.CONFLICT,
    DatabaseUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    StorageUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
LATER = {"Retry-After": "5"}
UNAVAILABLE = "a part of the service cannot be reached; nothing was lost, try again in a moment"
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
    """The answer to an error that nobody foresaw; its text may hold a patient's values."""
    if isinstance(error, psycopg.OperationalError | PoolTimeout):
        logger.warning("the database cannot be reached: %s", type(error).__name__)
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE, LATER)
    logger.error("unexpected error: %s at %s", type(error).__name__, _place(error))
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, UNEXPECTED)


def handle_problems(app: FastAPI) -> None:
    """Have the application answer errors in our one way."""

    @app.exception_handler(Refused)
    async def refused(_: Request, error: Refused) -> JSONResponse:
        return _answer(error)

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
    status = next(
        (STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF),
        HTTPStatus.INTERNAL_SERVER_ERROR,
    )
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # Its text names folders and hosts of ours.
        logger.warning("a request failed: %s", error.code)
        return problem(status, UNAVAILABLE, LATER)
    return problem(status, str(error))


def _methods(request: Request) -> str:
    """The methods of a path. The framework names those of its first route only."""
    return ", ".join(
        method
        for method in ("GET", "POST", "PUT", "DELETE")
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL
            for route in request.app.routes
        )
    )


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else "nowhere"
