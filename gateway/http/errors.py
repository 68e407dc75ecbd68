"""Errors and the HTTP statuses that answer them. API and portal word the answers themselves."""

import logging
from collections.abc import Mapping
from http import HTTPStatus

import psycopg
from psycopg_pool import PoolTimeout

from schemas.errors import (
    DatabaseUnavailable,
    DiskFull,
    Expired,
    NotAllowed,
    NotFound,
    RosterlineError,
    StorageUnavailable,
    UnknownKey,
)

logger = logging.getLogger(__name__)

STATUS_BY_ERROR: Mapping[type[object], HTTPStatus] = {
    Expired: HTTPStatus.FORBIDDEN,
    UnknownKey: HTTPStatus.UNAUTHORIZED,
    NotFound: HTTPStatus.NOT_FOUND,
    NotAllowed: HTTPStatus.CONFLICT,
    DatabaseUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    StorageUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    DiskFull: HTTPStatus.INSUFFICIENT_STORAGE,
}
UNAVAILABLE = "a part of the service cannot be reached; nothing was lost, try again in a moment"


def status_of(error: RosterlineError) -> HTTPStatus:
    """The status of the nearest class of the error that has one; 500 if none has.

    The text of an error with a status of 500 or more names our folders and hosts: log its code
    with `log_failure` and answer with `UNAVAILABLE`.
    """
    return next(
        (STATUS_BY_ERROR[kind] for kind in type(error).__mro__ if kind in STATUS_BY_ERROR),
        HTTPStatus.INTERNAL_SERVER_ERROR,
    )


def log_failure(error: RosterlineError) -> None:
    """Log the code of an error that is our fault, without its text."""
    logger.warning("a request failed: %s", error.code)


def log_unexpected(error: Exception) -> HTTPStatus:
    """Log an error that no handler knows; return 503 if the database is away, otherwise 500.

    The log names the class and the place of the error, never its text: that may hold a patient's
    values.
    """
    if isinstance(error, psycopg.OperationalError | PoolTimeout):
        logger.warning("the database cannot be reached: %s", type(error).__name__)
        return HTTPStatus.SERVICE_UNAVAILABLE
    logger.error("unexpected error: %s at %s", type(error).__name__, _place(error))
    return HTTPStatus.INTERNAL_SERVER_ERROR


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else "nowhere"
