"""The portal's application: which routers there are, and what lives as long as the process.

browser ──▶ Careful ──▶ Edge ──▶ Guard ──▶ router ──▶ Visit.within() ──▶ registry
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from psycopg_pool import ConnectionPool
from starlette.concurrency import run_in_threadpool
from starlette.staticfiles import StaticFiles

from gateway.api.edge import NO_TELEMETRY, Edge
from gateway.portal import (
    account,
    accounts,
    checking,
    files,
    imports,
    patients,
    people,
    reviews,
    signing_in,
    undoing,
)
from gateway.portal.desk import UPLOAD_PATH, Desk, now
from gateway.portal.headers import Careful, Guard
from gateway.portal.pages import STATIC
from gateway.portal.problems import AS_PAGES, handle_problems
from registry.pool import connection_pool
from registry.sessions import delete_expired
from registry.settings import Settings

POOL_SIZE = 10
SWEEP_SECONDS = 600.0


def create_portal(settings: Settings) -> FastAPI:
    """The portal with these settings; it reaches the database when it starts."""

    @asynccontextmanager
    async def living(app: FastAPI) -> AsyncIterator[None]:
        pool = connection_pool(settings, POOL_SIZE)
        pool.open()
        app.state.desk = desk = Desk(settings, pool)
        sweeping = asyncio.create_task(_sweep(desk))
        try:
            yield
        finally:
            sweeping.cancel()
            with suppress(asyncio.CancelledError):
                await sweeping
            pool.close()

    app = FastAPI(
        lifespan=living,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        telemetry=NO_TELEMETRY,
    )
    handle_problems(app)
    # The last one added is the outermost.
    app.add_middleware(Guard)
    app.add_middleware(Edge, answers=AS_PAGES, uploads=UPLOAD_PATH)
    app.add_middleware(Careful, is_https=settings.api_url.startswith("https://"))
    for module in (
        signing_in,
        accounts,
        checking,
        imports,
        undoing,
        files,
        patients,
        reviews,
        people,
        account,
    ):
        app.include_router(module.router)
    app.mount("/static", StaticFiles(directory=STATIC))
    return app


async def _sweep(desk: Desk) -> None:
    while True:
        # The database may be away for a while; what is over is over without this, too.
        with suppress(Exception):
            await run_in_threadpool(_delete_expired, desk.pool, desk.settings)
        await asyncio.sleep(SWEEP_SECONDS)


def _delete_expired(pool: ConnectionPool, settings: Settings) -> None:
    with pool.connection() as connection:
        delete_expired(connection, settings, now())
