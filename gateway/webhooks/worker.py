"""The worker: sends what is due until it is told to stop.

It keeps nothing in memory. Whatever ends it, the next one finds in the outbox what is left.
"""

import asyncio
import logging
from datetime import UTC, datetime

import httpx
import psycopg
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout
from starlette.concurrency import run_in_threadpool

from gateway.links import Links
from gateway.webhooks import signing
from gateway.webhooks.sending import Answer, client, send
from registry.settings import Settings
from registry.webhooks import Due, claim_due, record_try

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

    async def run(self) -> None:
        """Send what is due, for ever; ends when its task is cancelled."""
        async with client() as sender:
            while True:
                try:
                    sent = await self.send_due(sender)
                    pause = 0.0 if sent else IDLE_SECONDS
                except (psycopg.Error, PoolTimeout, PoolClosed) as error:
                    logger.warning("webhooks wait for the database: %s", type(error).__name__)
                    pause = OUTAGE_SECONDS
                except Exception as error:  # noqa: BLE001 - its end would end all webhooks unseen
                    logger.error("webhooks: unexpected %s", type(error).__name__)  # noqa: TRY400 - its text may hold values
                    pause = OUTAGE_SECONDS
                await asyncio.sleep(pause)

    async def send_due(self, sender: httpx.AsyncClient) -> int:
        """Send what is due now, once. Returns how many messages were tried."""
        due = await run_in_threadpool(self._claim)
        await asyncio.gather(*(self._deliver(sender, each) for each in due))
        return len(due)

    async def _deliver(self, sender: httpx.AsyncClient, due: Due) -> None:
        now = datetime.now(UTC)
        body = self._body(due, now)
        headers = signing.headers(body, due.key, str(due.message_id), now)
        answer = await send(sender, due.url, body, headers, private=self._private)
        await run_in_threadpool(self._record, due, now, answer)

    def _body(self, due: Due, now: datetime) -> bytes:
        """Made anew for each try, so that its link is fresh."""
        request_id = str(due.import_id)
        is_done = due.state == "completed"
        about = {
            "status": due.state,
            "result": self._links.result(due.account_id, due.import_id, now) if is_done else None,
            "reason": due.reason if due.state == "failed" else None,
        }
        return signing.message(str(due.message_id), due.created_at, request_id, about)

    def _claim(self) -> list[Due]:
        with self._pool.connection() as connection, connection.transaction():
            return claim_due(connection, datetime.now(UTC), AT_ONCE)

    def _record(self, due: Due, tried_at: datetime, answer: Answer) -> None:
        with self._pool.connection() as connection, connection.transaction():
            record_try(
                connection,
                due,
                tried_at,
                answer.seconds,
                http_status=answer.http_status,
                fault=answer.fault,
            )
        logger.info(
            "webhook tried: message=%s try=%d status=%s fault=%s",
            due.message_id,
            due.tries,
            answer.http_status,
            answer.fault,
        )
