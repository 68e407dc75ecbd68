"""The portal's application: its routers, and what lives as long as the process.

browser ──▶ SecurityHeaders ──▶ Edge ──▶ OwnFormsOnly ──▶ router ──▶ registry
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from psycopg_pool import ConnectionPool
from starlette.concurrency import run_in_threadpool
from starlette.staticfiles import StaticFiles

from gateway.http.middleware import NO_TELEMETRY, Edge
from gateway.portal.context import PortalContext, now
from gateway.portal.error_pages import AS_PAGES, answer_errors_with_pages
from gateway.portal.imports import (
    check_and_import,
    format_pages,
    import_list,
    one_import,
    result_downloads,
    undo_import,
)
from gateway.portal.page_requests import UPLOAD_PATH
from gateway.portal.patients import one_patient, patient_search
from gateway.portal.rendering import STATIC
from gateway.portal.reviews import one_pair, review_queue
from gateway.portal.security_headers import OwnFormsOnly, SecurityHeaders
from gateway.portal.settings import (
    account,
    activity_log,
    api_keys,
    lists,
    sftp_users,
    users,
    webhook,
)
from gateway.portal.sign_in import choose_account, own_password, sign_in
from registry.accounts.portal_sessions import delete_expired
from registry.database.pool import connection_pool
from registry.settings import Settings

POOL_SIZE = 10
SWEEP_SECONDS = 600.0
ROUTERS = [
    module.router
    for module in (
        *(sign_in, own_password, choose_account),
        *(check_and_import, import_list, one_import, undo_import, result_downloads, format_pages),
        *(patient_search, one_patient),
        *(review_queue, one_pair),
        *(users, api_keys, sftp_users, webhook, lists, account, activity_log),
    )
]


def create_portal(settings: Settings) -> FastAPI:
    """The portal with these settings; it connects to the database when it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        pool = connection_pool(settings, POOL_SIZE)
        pool.open()
        app.state.context = context = PortalContext(settings, pool)
        sweeping = asyncio.create_task(_sweep(context))
        try:
            yield
        finally:
            sweeping.cancel()
            with suppress(asyncio.CancelledError):
                await sweeping
            pool.close()

    app = FastAPI(
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        telemetry=NO_TELEMETRY,
    )
    answer_errors_with_pages(app)
    # The middleware that is added last is the outermost.
    app.add_middleware(OwnFormsOnly)
    app.add_middleware(Edge, answers=AS_PAGES, uploads=UPLOAD_PATH)
    app.add_middleware(SecurityHeaders, is_https=settings.api_url.startswith("https://"))
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC))
    return app


async def _sweep(context: PortalContext) -> None:
    while True:
        # The database may be away for a while. An expired session is refused without this, too.
        with suppress(Exception):
            await run_in_threadpool(_delete_expired, context.pool, context.settings)
        await asyncio.sleep(SWEEP_SECONDS)


def _delete_expired(pool: ConnectionPool, settings: Settings) -> None:
    with pool.connection() as connection:
        delete_expired(connection, settings, now())
