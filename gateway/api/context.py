"""What calls work with: the account's view of the registry, links, limits."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial, wraps
from http import HTTPStatus
from inspect import iscoroutinefunction
from typing import Annotated, Any

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Request, Security
from fastapi.routing import APIRoute
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
class Door:
    """All that is shared by the requests of a process."""

    settings: Settings
    pool: ConnectionPool
    links: Links
    limiter: Limiter

    @contextmanager
    def within(self, account_id: int) -> Iterator[Connection]:
        """A transaction that sees one account only, committed at the end."""
        with self.pool.connection() as connection, as_account(connection, account_id):
            yield connection


class OneThread(APIRoute):
    """A call that goes to a thread once: to be answered.

    The framework would send each answer to a thread again, only to be checked. A change of threads
    costs more than that check.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:  # noqa: ANN401
        super().__init__(path, _in_thread(endpoint), **options)


def quick(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """A call that waits for nobody, for rows of its own only: it goes through few threads.

    Each further one that runs takes the interpreter from the others: sixteen at once cost a third
    more. A call that may wait must not be here, for it would hold up the others.
    """
    return _in_thread(endpoint, _FEW)


_FEW = CapacityLimiter(4)


def _in_thread(
    endpoint: Callable[..., Any], limiter: CapacityLimiter | None = None
) -> Callable[..., Any]:
    if iscoroutinefunction(endpoint):
        return endpoint

    @wraps(endpoint)
    async def answer(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever it takes
        return await to_thread.run_sync(partial(endpoint, *given, **named), limiter=limiter)

    return answer


def now() -> datetime:
    """This instant."""
    return datetime.now(UTC)


# Not `def`: that would cost a change of threads each, for nothing that waits.
async def _door(request: Request) -> Door:
    door: Door = request.app.state.door
    return door


InDoor = Annotated[Door, Depends(_door)]

_KEY = APIKeyHeader(
    name="x-api-key",
    auto_error=False,
    description="A key of the account, made with `rosterline key add`.",
)


class Visitor:
    """Who calls with a key, or without one; `within` finds out who that is."""

    def __init__(self, request: Request, key: str | None) -> None:
        self.door: Door = request.app.state.door
        self.writes = False
        self._request = request
        self._key = key

    @contextmanager
    def within(self) -> Iterator[tuple[Connection, Account]]:
        """A transaction that sees the account of the key only, committed at the end.

        Each call counts against the key's limit.

        Raises:
            UnknownKey: there is no valid key.
            Refused: the key may not do this, or too many requests came with it.
        """
        key = self._key if self._key and len(self._key) <= MAX_KEY_CHARACTERS else ""
        with self.door.pool.connection() as connection:
            caller = None
            try:
                with entered(connection, key) as caller:
                    self._admit(caller)
                    yield connection, caller.account
            finally:
                if caller is not None and not connection.closed:
                    note_use(connection, caller, now())

    def identify(self) -> None:
        """Come in and leave again, for the sake of who is refused.

        Raises:
            UnknownKey, Refused: as `within`.
        """
        with self.within():
            pass

    def _admit(self, caller: Caller) -> None:
        limiter = self.door.limiter
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


async def _visitor(request: Request, key: Annotated[str | None, Security(_KEY)]) -> Visitor:
    # Also where a refusal of the call itself finds it: who may not call is told that first.
    request.state.visitor = Visitor(request, key)
    visitor: Visitor = request.state.visitor
    return visitor


Reader = Annotated[Visitor, Depends(_visitor)]
"""A visitor with any valid key."""


async def _writer(visitor: Reader) -> Visitor:
    visitor.writes = True
    return visitor


Writer = Annotated[Visitor, Depends(_writer)]
"""A visitor whose key has full scope."""
