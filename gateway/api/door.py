"""What calls work with: the account's view of the registry, links, limits."""

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

from gateway.api.limiting import Limiter
from gateway.api.problems import Refused
from gateway.links import Links
from registry.api_keys import Caller, find_caller
from registry.settings import Settings
from registry.walls import within

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
        with self.pool.connection() as connection, within(connection, account_id):
            yield connection


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


def _caller(request: Request, door: InDoor, key: Annotated[str | None, Security(_KEY)]) -> Caller:
    """Whose request this is; counts it.

    Raises:
        Refused: there is no valid key, or too many requests came with it.
    """
    found = None
    if key and len(key) <= MAX_KEY_CHARACTERS:
        with door.pool.connection() as connection:
            found = find_caller(connection, key, now())
    if found is None:
        raise Refused(HTTPStatus.UNAUTHORIZED, "the header x-api-key must hold a valid API key")
    allowance = door.limiter.count(str(found.key_id))
    request.state.headers = allowance.headers
    if not allowance.allowed:
        raise Refused(
            HTTPStatus.TOO_MANY_REQUESTS,
            f"more than {door.limiter.per_minute} requests a minute came with this key",
            {"Retry-After": str(allowance.reset_seconds)},
        )
    return found


Reader = Annotated[Caller, Depends(_caller)]
"""A caller with any valid key."""


async def _writer(caller: Reader) -> Caller:
    """A caller whose key may change something.

    Raises:
        Refused: it may not.
    """
    if caller.scope != "full":
        raise Refused(HTTPStatus.FORBIDDEN, "this key may only read")
    return caller


Writer = Annotated[Caller, Depends(_writer)]
"""A caller with a key of full scope."""
