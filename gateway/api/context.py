"""What calls work with: the registry as one account sees it, links, rate limits."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader
from psycopg import Connection
from psycopg_pool import ConnectionPool

from gateway.api.problems import Refused
from gateway.api.rate_limits import Limiter
from gateway.http.signed_links import Links
from registry.accounts.accounts import Account
from registry.accounts.api_keys import Caller, entered, note_use
from registry.database.row_level_security import as_account
from registry.settings import Settings

MAX_KEY_CHARACTERS = 200


@dataclass(frozen=True)
class ApiContext:
    """What all calls of a process share."""

    settings: Settings
    pool: ConnectionPool
    links: Links
    limiter: Limiter

    @contextmanager
    def as_account(self, account_id: int) -> Iterator[Connection]:
        """A transaction that sees one account only, committed at the end."""
        with self.pool.connection() as connection, as_account(connection, account_id):
            yield connection


def now() -> datetime:
    """The current time."""
    return datetime.now(UTC)


# Coroutines here and below: FastAPI would run plain functions in a thread, for nothing that waits.
async def _context(request: Request) -> ApiContext:
    context: ApiContext = request.app.state.context
    return context


InContext = Annotated[ApiContext, Depends(_context)]

_KEY = APIKeyHeader(
    name="x-api-key",
    auto_error=False,
    description="A key of the account, made with `rosterline key add`.",
)


class AuthenticatedCaller:
    """The sender of one call. `as_account` checks the key, and refuses the call if it must."""

    def __init__(self, request: Request, key: str | None) -> None:
        self.context: ApiContext = request.app.state.context
        self.writes = False
        self._request = request
        self._key = key

    @contextmanager
    def as_account(self) -> Iterator[tuple[Connection, Account]]:
        """A transaction that sees only the account of the key, committed at the end.

        Each use counts against the rate limit of the key.

        Raises:
            UnknownKey: there is no valid key.
            Refused: the key may not do this, or too many calls came with it.
        """
        key = self._key if self._key and len(self._key) <= MAX_KEY_CHARACTERS else ""
        with self.context.pool.connection() as connection:
            caller = None
            try:
                with entered(connection, key) as caller:
                    self._admit(caller)
                    yield connection, caller.account
            finally:
                if caller is not None and not connection.closed:
                    note_use(connection, caller, now())

    def authenticate(self) -> None:
        """Check the key, and do nothing else.

        Raises:
            UnknownKey, Refused: as `as_account`.
        """
        with self.as_account():
            pass

    def _admit(self, caller: Caller) -> None:
        limiter = self.context.limiter
        allowance = limiter.count(str(caller.key_id))
        self._request.state.headers = allowance.headers
        if not allowance.allowed:
            raise Refused(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"more than {limiter.per_minute} requests a minute came with this key",
                {"Retry-After": str(allowance.reset_seconds)},
            )
        if self.writes and caller.scope != "full":
            raise Refused(HTTPStatus.FORBIDDEN, "this key may only read")


async def _caller(
    request: Request, key: Annotated[str | None, Security(_KEY)]
) -> AuthenticatedCaller:
    # gateway/api/problems.py looks for it there: a malformed call without a valid key is answered
    # with 401, not with what is wrong with it.
    request.state.caller = AuthenticatedCaller(request, key)
    caller: AuthenticatedCaller = request.state.caller
    return caller


Reader = Annotated[AuthenticatedCaller, Depends(_caller)]
"""A caller with any valid key."""


async def _writing(caller: Reader) -> AuthenticatedCaller:
    caller.writes = True
    return caller


Writer = Annotated[AuthenticatedCaller, Depends(_writing)]
"""A caller whose key has full scope."""
