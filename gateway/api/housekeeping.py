"""Work beside answering calls: expire requests, remove drafts that killed processes left."""

import asyncio
import logging
import time
from datetime import UTC, datetime

import psycopg
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout
from starlette.concurrency import run_in_threadpool

from registry.requests.request_states import expire_overdue
from registry.settings import Settings
from registry.store.durable_files import DRAFT_PREFIX
from schemas.errors import DatabaseUnavailable

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 5.0
LEFT_OVER_SECONDS = 3600.0
"""When a draft is removed to which nothing was added; an upload that sends nothing ends after a
minute."""


async def keep_up(settings: Settings, pool: ConnectionPool) -> None:
    """Sweep every few seconds, until the task is cancelled."""
    while True:
        try:
            await run_in_threadpool(_sweep, settings, pool)
        except DatabaseUnavailable as error:
            logger.warning("the sweep waits: %s", error)
        except (psycopg.Error, PoolTimeout, PoolClosed, OSError) as error:
            logger.warning("the sweep waits: %s", type(error).__name__)
        except Exception as error:  # noqa: BLE001 - an error must not end all later sweeps
            logger.error("the sweep: unexpected %s", type(error).__name__)  # noqa: TRY400 - as above
        await asyncio.sleep(SWEEP_SECONDS)


def _sweep(settings: Settings, pool: ConnectionPool) -> None:
    with pool.connection() as connection:
        expired = expire_overdue(connection, datetime.now(UTC))
    if expired:
        logger.info("requests expired: %d", expired)
    for draft in settings.incoming_dir.glob(f"{DRAFT_PREFIX}*"):
        if time.time() - draft.stat().st_mtime > LEFT_OVER_SECONDS:
            draft.unlink(missing_ok=True)
