"""The worker, which sends the messages that are due, until the process stops.

It keeps nothing in memory: however it ends, the next worker finds the rest in the outbox.
"""

import asyncio
import logging
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime

import httpx
import psycopg
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout
from starlette.concurrency import run_in_threadpool

from gateway.http.signed_links import Links
from gateway.webhooks import signing
from gateway.webhooks.delivery import DeliveryResult, client, send
from registry.settings import Settings
from registry.telemetry.observe import observe_webhook
from registry.telemetry.spans import span, trace_of
from registry.webhooks.outbox import DueMessage, lease_due, record_attempt
from schemas.errors import DatabaseUnavailable

logger = logging.getLogger(__name__)

AT_ONCE = 16
IDLE_SECONDS = 0.5
OUTAGE_SECONDS = 5.0


class Worker:
    """Delivers the messages of all accounts."""

    def __init__(self, settings: Settings, pool: ConnectionPool, links: Links) -> None:
        self._private = settings.webhook_private_targets
        self._pool = pool
        self._links = links
        self._under_way: dict[asyncio.Task[None], int] = {}  # the account of each attempt

    async def run(self) -> None:
        """Send the messages that are due, until the task is cancelled.

        Attempts that are under way then are repeated by the next worker, once their lease has
        ended.
        """
        async with client() as sender:
            while True:
                try:
                    await self._start_due(sender)
                    pause = IDLE_SECONDS
                except Exception as error:  # noqa: BLE001 - an error must not end all webhooks
                    _log_outage(error)
                    pause = OUTAGE_SECONDS
                await self._rest(pause)

    async def _start_due(self, sender: httpx.AsyncClient) -> None:
        # An account's messages go out one at a time: a receiver that hangs delays only its own.
        busy = set(self._under_way.values())
        for due in await run_in_threadpool(self._claim, AT_ONCE - len(self._under_way), busy):
            task = asyncio.create_task(self._deliver(sender, due))
            self._under_way[task] = due.account_id
            task.add_done_callback(self._under_way.pop)

    async def _rest(self, seconds: float) -> None:
        """Wait so long, or until an attempt is over: then its account's next message is due."""
        if self._under_way:
            await asyncio.wait(
                self._under_way, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
        else:
            await asyncio.sleep(seconds)

    async def _deliver(self, sender: httpx.AsyncClient, due: DueMessage) -> None:
        now = datetime.now(UTC)
        body = self._body(due, now)
        headers = signing.headers(body, due.key, str(due.message_id), now)
        with span("webhook delivery", "client", trace_of(due.import_id)) as traced:
            try:
                answer = await send(sender, due.url, body, headers, private=self._private)
            except Exception as error:  # noqa: BLE001 - unless it is logged, the attempt never ends
                answer = DeliveryResult(0.0, None, f"unexpected {type(error).__name__}")
            traced.say(
                {
                    "rosterline.import_id": due.import_id,
                    "rosterline.account_id": due.account_id,
                    "rosterline.tries": due.tries,
                    "http.response.status_code": answer.http_status,
                }
            )
            if answer.fault is not None:
                traced.fail()
        lag = (now - due.created_at).total_seconds() + answer.seconds
        observe_webhook(answer.seconds, lag, failed=answer.fault is not None)
        try:
            await run_in_threadpool(self._record, due, now, answer)
        except Exception as error:  # noqa: BLE001 - it is repeated once its lease has ended
            _log_outage(error)

    def _body(self, due: DueMessage, now: datetime) -> bytes:
        """The body of this attempt; each attempt has a new link, which is valid for an hour."""
        request_id = str(due.import_id)
        # An archive has no result of its own, and no more has an import that was given up for it.
        has_result = due.state == "completed" and due.reason is None
        about = {
            "status": due.state,
            "result": self._links.result(due.account_id, due.import_id, now)
            if has_result
            else None,
            "reason": due.reason if due.state != "processing" else None,
        }
        return signing.message(str(due.message_id), due.created_at, request_id, about)

    def _claim(self, limit: int, busy: AbstractSet[int]) -> list[DueMessage]:
        with self._pool.connection() as connection, connection.transaction():
            return lease_due(connection, datetime.now(UTC), limit, busy)

    def _record(self, due: DueMessage, tried_at: datetime, answer: DeliveryResult) -> None:
        with self._pool.connection() as connection, connection.transaction():
            record_attempt(
                connection,
                due,
                tried_at,
                answer.seconds,
                http_status=answer.http_status,
                fault=answer.fault,
            )
        logger.info(
            "webhook delivery attempt: message=%s number=%d status=%s fault=%s",
            due.message_id,
            due.tries,
            answer.http_status,
            answer.fault,
        )


def _log_outage(error: Exception) -> None:
    if isinstance(error, DatabaseUnavailable):
        logger.warning("webhooks wait: %s", error)
    elif isinstance(error, psycopg.Error | PoolTimeout | PoolClosed):
        logger.warning("webhooks wait for the database: %s", type(error).__name__)
    else:  # only its class: its text may hold values
        logger.error("webhooks: unexpected %s", type(error).__name__)
