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

from gateway.http.middleware import NO_TELEMETRY, Edge
from gateway.portal.context import UPLOAD_PATH, Desk, now
from gateway.portal.error_pages import AS_PAGES, handle_problems
from gateway.portal.imports import checks, downloads, undo
from gateway.portal.imports import pages as import_pages
from gateway.portal.patients import pages as patient_pages
from gateway.portal.rendering import STATIC
from gateway.portal.reviews import pages as review_pages
from gateway.portal.security_headers import Careful, Guard
from gateway.portal.settings import access, account
from gateway.portal.sign_in import choose_account
from gateway.portal.sign_in import pages as sign_in_pages
from registry.accounts.portal_sessions import delete_expired
from registry.database.pool import connection_pool
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
        sign_in_pages,
        choose_account,
        checks,
        import_pages,
        undo,
        downloads,
        patient_pages,
        review_pages,
        access,
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
