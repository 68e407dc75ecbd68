"""Errors and the HTTP statuses that answer them. API and portal word the answers themselves."""

import logging
from collections.abc import Mapping
from http import HTTPStatus

import psycopg
from psycopg.errors import UntranslatableCharacter
from psycopg_pool import PoolTimeout

from schemas.errors import (
    DatabaseUnavailable,
    DiskFull,
    Expired,
    NotAllowed,
    NotFound,
    QuotaFull,
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
    QuotaFull: HTTPStatus.INSUFFICIENT_STORAGE,
    DatabaseUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    StorageUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    DiskFull: HTTPStatus.INSUFFICIENT_STORAGE,
}
HAS_NUL = "a text has the character NUL, which cannot be stored"
_CANNOT_STORE = "NUL (0x00)"
"""Part of what psycopg says of such a text (psycopg/types/string.py)."""

UNAVAILABLE = "a part of the service cannot be reached; nothing was lost, try again in a moment"


def is_ours(error: RosterlineError) -> bool:
    """Whether an error is not the caller's.

    Its text names our folders and hosts: log its code with `log_failure` and answer with
    `UNAVAILABLE`.
    """
    is_failure = status_of(error) >= HTTPStatus.INTERNAL_SERVER_ERROR
    return is_failure and not isinstance(error, NotAllowed)


def status_of(error: RosterlineError) -> HTTPStatus:
    """The status of the nearest class of the error that has one; 500 if none has."""
    return next(
        (STATUS_BY_ERROR[kind] for kind in type(error).__mro__ if kind in STATUS_BY_ERROR),
        HTTPStatus.INTERNAL_SERVER_ERROR,
    )


def log_failure(error: RosterlineError) -> None:
    """Log the code of an error that is our fault, and, of the database, what is to be done."""
    about = f", {error}" if isinstance(error, DatabaseUnavailable) else ""
    logger.warning("a request failed: %s%s", error.code, about)


def log_unexpected(error: Exception) -> HTTPStatus:
    """Log an error that no handler knows; return 503 if the database is away, otherwise 500.

    A text with the character NUL, which PostgreSQL cannot store, is the caller's fault: 400, and
    nothing is logged.

    The log names the class and the place of the error, never its text: that may hold a patient's
    values.
    """
    if isinstance(error, psycopg.DataError) and (
        _CANNOT_STORE in str(error) or isinstance(error, UntranslatableCharacter)
    ):
        return HTTPStatus.BAD_REQUEST
    if isinstance(error, psycopg.OperationalError | PoolTimeout):
        logger.warning("the database cannot be reached: %s", type(error).__name__)
        return HTTPStatus.SERVICE_UNAVAILABLE
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        # "permission denied for table facility": PostgreSQL's words, which hold no value.
        said = error.diag.message_primary or ""
        logger.error("%s; registry/tables/objects/4_gateway_grants.sql has the gateway's", said)
    logger.error("unexpected error: %s at %s", type(error).__name__, _place(error))
    return HTTPStatus.INTERNAL_SERVER_ERROR


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else "nowhere"
