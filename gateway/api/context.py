"""What calls work with: the registry as one account sees it, links, rate limits."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader
from psycopg import Connection
from psycopg_pool import ConnectionPool

from gateway.api.problems import Refused
from gateway.api.rate_limits import Limiter
from gateway.http.addresses import client_address
from gateway.http.draining import Draining
from gateway.http.signed_links import Links
from registry.accounts.accounts import Account
from registry.accounts.activity_log import AccessEvent, came_in_lately, record
from registry.accounts.api_keys import Caller, entered, hash_of, note_use
from registry.database.row_level_security import as_account
from registry.settings import Settings

MAX_KEY_CHARACTERS = 200
MOST_USES = 10_000


class KeyUses:
    """From which addresses this process saw a key used today, so that it asks the log no more."""

    def __init__(self) -> None:
        self._day: date | None = None
        self._seen: set[tuple[UUID, str]] = set()

    def is_new(self, key_id: UUID, address: str, at: datetime) -> bool:
        """Whether this is the first use of the day."""
        if at.date() != self._day or len(self._seen) >= MOST_USES:
            self._day, self._seen = at.date(), set()
        if (key_id, address) in self._seen:
            return False
        self._seen.add((key_id, address))
        return True


@dataclass(frozen=True)
class ApiContext:
    """What all calls of a process share."""

    settings: Settings
    pool: ConnectionPool
    links: Links
    limiter: Limiter
    draining: Draining
    uses: KeyUses = field(default_factory=KeyUses)

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
    description="A key of the account, made at the portal or by the operator.",
)


class AuthenticatedCaller:
    """The sender of one call. `as_account` checks the key, and refuses the call if it must."""

    def __init__(self, request: Request, key: str | None) -> None:
        self.context: ApiContext = request.app.state.context
        self.writes = False
        self._request = request
        self._key = key
        self._caller: Caller | None = None

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
            self._count(connection, key)
            try:
                with entered(connection, key) as caller:
                    self._caller = caller
                    if self.writes and caller.scope != "full":
                        raise Refused(HTTPStatus.FORBIDDEN, "this key may only read")
                    yield connection, caller.account
            finally:
                if caller is not None and not connection.closed:
                    note_use(connection, caller, now())
                    self._log_use(connection, caller)

    def log(
        self, connection: Connection, action: str, detail: str | None = None, *, by: str = ""
    ) -> None:
        """Add what was done with this key to the activity log; within `as_account`.

        `by` is the person who did it, where the call names one.
        """
        caller = self._caller
        if caller is None:
            raise RuntimeError("log is for the transaction of as_account")
        key = f"API key {caller.key_name}"
        event = AccessEvent(
            action,
            account_id=caller.account.id,
            user_name=f"{by} ({key})" if by else key,
            address=client_address(self._request),
            detail=detail,
            door="api",
        )
        record(connection, event)

    def _log_use(self, connection: Connection, caller: Caller) -> None:
        """Log that the key is used from this address, once a day, whatever became of the call."""
        account_id, address = caller.account.id, client_address(self._request)
        if not self.context.uses.is_new(caller.key_id, address, now()):
            return
        name = f"API key {caller.key_name}"
        with as_account(connection, account_id):
            if not came_in_lately(connection, account_id, name, address, door="api"):
                self.log(connection, "sign_in")

    @contextmanager
    def again(self) -> Iterator[tuple[Connection, Account]]:
        """A further transaction of a call that was admitted; it counts against no limit."""
        if self._caller is None:
            raise RuntimeError("`as_account` comes first")
        account = self._caller.account
        with self.context.as_account(account.id) as connection:
            yield connection, account

    def authenticate(self) -> None:
        """Check the key, and do nothing else.

        Raises:
            UnknownKey, Refused: as `as_account`.
        """
        with self.as_account():
            pass

    def _count(self, connection: Connection, key: str) -> None:
        limiter = self.context.limiter
        allowance = limiter.count(connection, hash_of(key))
        if allowance is None:
            return  # there is no such key, which the call is told next
        self._request.state.headers = allowance.headers
        if not allowance.allowed:
            raise Refused(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"more than {limiter.per_minute} requests a minute came with this key",
                {"Retry-After": str(allowance.reset_seconds)},
            )


async def caller_of(
    request: Request, key: Annotated[str | None, Security(_KEY)]
) -> AuthenticatedCaller:
    """The sender of a request; whoever works with it checks the key.

    It is also kept in the request's state.
    """
    # gateway/api/problems.py looks for it there: a malformed call without a valid key is answered
    # with 401, not with what is wrong with it.
    request.state.caller = AuthenticatedCaller(request, key)
    caller: AuthenticatedCaller = request.state.caller
    return caller


Reader = Annotated[AuthenticatedCaller, Depends(caller_of)]
"""A caller with any valid key."""


async def _writing(caller: Reader) -> AuthenticatedCaller:
    caller.writes = True
    return caller


Writer = Annotated[AuthenticatedCaller, Depends(_writing)]
"""A caller whose key has full scope."""
