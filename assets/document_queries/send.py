"""Sending the due queries of an import: the pace, the workers, and when to stop."""

import asyncio
from time import monotonic

from psycopg import Connection

from assets.document_queries.answers import Answer
from assets.document_queries.endpoint import Searcher, fhir_client
from assets.document_queries.search import parameters_of
from registry.documents.dispatch import (
    DispatchedQuery,
    complete,
    dispatch_next,
    fail,
    next_due,
    put_off,
)
from registry.documents.plans import another_account_waits, recount
from registry.ledger.imports import Import
from registry.settings import Settings

UNWELL_IN_A_ROW = 10
"""After this many `unwell` answers in a row, the endpoint is considered to be at fault."""

SHORT_WAIT_SECONDS = 15.0
"""A retry that is due within this time is waited for; a later run sends later retries."""

TURN_QUERIES = 200
"""After so many, another account that waits has its turn."""

LOCKED_SECONDS = 0.2
PAGES_SECONDS = 60.0
"""Additional time for further pages of a search that was sent at the end of a run."""

COUNT_SECONDS = 5.0
"""How often the counts that API and command line show are updated."""


class Pace:
    """Spaces requests evenly; there is never a burst, even after a late request."""

    def __init__(self, per_second: float) -> None:
        self._distance = 1 / per_second
        self._next = 0.0
        self._queue = asyncio.Lock()

    async def turn(self, until: float) -> bool:
        """Wait for the time of the next request; False if that is after `until`."""
        async with self._queue:
            # In a loop, because `hold` may be called during the wait.
            while (wait := self.wait) > 0:
                if monotonic() + wait > until:
                    return False
                await asyncio.sleep(wait)
            self._next = monotonic() + self._distance
            return True

    def hold(self, seconds: float) -> None:
        """Send no request for this many seconds."""
        self._next = max(self._next, monotonic() + seconds)

    @property
    def wait(self) -> float:
        """Seconds until the next turn."""
        return max(self._next - monotonic(), 0.0)


class Sending:
    """Sends queries of one import until none is due, time is over, or the endpoint is unwell.

    The connection is in autocommit. Its statements block the event loop, but each is a look-up by
    key of about a millisecond, while an answer takes about a hundred.
    """

    def __init__(
        self, settings: Settings, connection: Connection, imported: Import, seconds: float
    ) -> None:
        self.unwell: str | None = None
        """The reason of the last answer, if the endpoint was at fault and sending stopped."""
        self.gave_way = False
        """Whether sending stopped because another account had waited for its turn."""
        self.pace = Pace(settings.fhir_requests_per_second)
        self._settings = settings
        self._connection = connection
        self._imported = imported
        self._seconds = seconds
        self._ends_at = self._count_at = 0.0
        self._in_a_row = self._settled = 0

    async def run(self) -> None:
        """Send the queries.

        Raises:
            psycopg.Error: the database cannot be used.
        """
        async with fhir_client(self._settings) as client:
            self._ends_at = monotonic() + self._seconds
            self._count_at = monotonic() + COUNT_SECONDS
            searcher = Searcher(client, self._page_turn, self._settings.fhir_timeout_seconds)
            try:
                async with asyncio.TaskGroup() as workers:
                    for _ in range(self._settings.fhir_concurrency):
                        workers.create_task(self._work(searcher))
            except BaseExceptionGroup as group:
                raise group.exceptions[0] from None

    async def _work(self, searcher: Searcher) -> None:
        while not self._is_over() and await self.pace.turn(self._ends_at):
            query = dispatch_next(self._connection, self._imported.id)
            if query is None:
                if not await self._more_to_come():
                    return
            elif not query.opted_out:
                parameters = parameters_of(query, self._settings.identifier_systems)
                self._settle(query, await searcher.find(parameters))

    def _is_over(self) -> bool:
        return self.gave_way or self.unwell is not None

    async def _page_turn(self) -> bool:
        return await self.pace.turn(self._ends_at + PAGES_SECONDS)

    async def _more_to_come(self) -> bool:
        """Wait for the next query that is due soon; False if there is none."""
        seconds = next_due(self._connection, self._imported.id)
        time_left = self._ends_at - monotonic()
        if seconds is None or seconds > min(SHORT_WAIT_SECONDS, time_left):
            return False
        # Not zero, because an import holds a lock on a query that is due but was not dispatched.
        await asyncio.sleep(max(seconds, LOCKED_SECONDS))
        return True

    def _settle(self, query: DispatchedQuery, answer: Answer) -> None:
        if answer.verdict == "found":
            found = answer.found or 0
            complete(self._connection, query, found, answer.reason, answer.documents)
        elif answer.verdict == "refused":
            fail(self._connection, query, answer.reason or "")
        else:
            put_off(self._connection, query, answer.reason or "", answer.retry_after)
            self.pace.hold(answer.retry_after)
        self._in_a_row = self._in_a_row + 1 if answer.verdict == "unwell" else 0
        if self._in_a_row >= UNWELL_IN_A_ROW:
            self.unwell = answer.reason
        self._count_now_and_then()
        self._give_way_now_and_then()

    def _count_now_and_then(self) -> None:
        if monotonic() >= self._count_at:
            self._count_at = monotonic() + COUNT_SECONDS
            recount(self._connection, self._imported.id)

    def _give_way_now_and_then(self) -> None:
        self._settled += 1
        if self._settled % TURN_QUERIES == 0:
            account_id = self._imported.account_id
            self.gave_way = another_account_waits(self._connection, account_id)
