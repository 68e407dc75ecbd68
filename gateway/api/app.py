"""The API as an application: its routers, and what lives as long as the process.

client ──▶ Edge ──▶ router ──▶ AuthenticatedCaller.as_account() ──▶ registry
"""

import asyncio
import importlib.metadata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from gateway.api import bulk_creates, facilities_and_cohorts, patients, results, upload, webhooks
from gateway.api.context import ApiContext, InContext
from gateway.api.housekeeping import keep_up
from gateway.api.problems import AS_JSON, handle_problems
from gateway.api.rate_limits import Limiter
from gateway.http.middleware import NO_TELEMETRY, Edge
from gateway.http.signed_links import UPLOAD_PATH, Links
from gateway.http.signing_key import signing_secret
from gateway.webhooks.worker import Worker
from registry.database.pool import connection_pool
from registry.settings import Settings

POOL_SIZE = 20

ABOUT = """\
Import patients in bulk: ask for a link, `PUT` a CSV, be notified by webhook, fetch a result for
every row. Every call needs the header `x-api-key`, except those of signed links.

1. `POST /medical/v1/patient/bulk` answers `uploadUrl`.
2. `PUT` the CSV to it within 10 minutes.
3. Webhooks report `processing`, then `completed` or `failed`; `GET` shows the same.
4. `result` is a link to a CSV: each row as sent, with our id, status and reason.

Errors have the body `{status, name, title, detail}`. Answers carry `RateLimit` headers. Anything
that belongs to another account does not exist: 404."""


def create_app(settings: Settings) -> FastAPI:
    """The application with these settings; it connects to the database when it starts."""

    @asynccontextmanager
    async def living(app: FastAPI) -> AsyncIterator[None]:
        links = Links(signing_secret(settings), settings.api_url)
        pool = connection_pool(settings, POOL_SIZE)
        pool.open()
        app.state.context = ApiContext(settings, pool, links, Limiter(settings.requests_per_minute))
        tasks = [
            asyncio.create_task(keep_up(settings, pool)),
            asyncio.create_task(Worker(settings, pool, links).run()),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task
            pool.close()

    # Users type API keys into /docs, so no script of a third party may run there. It also works
    # without internet.
    app = FastAPIOffline(
        title="Rosterline",
        description=ABOUT,
        version=importlib.metadata.version("rosterline"),
        lifespan=living,
        redoc_url=None,
        telemetry=NO_TELEMETRY,
    )
    handle_problems(app)
    app.add_middleware(Edge, answers=AS_JSON, uploads=f"{UPLOAD_PATH}/")
    for module in (bulk_creates, upload, results, patients, facilities_and_cohorts, webhooks):
        app.include_router(module.router)
    app.get("/health", tags=["Service"])(health)
    return app


def health(context: InContext) -> dict[str, str]:
    """Check that the service answers and reaches its database."""
    with context.pool.connection() as connection:
        connection.execute("SELECT 1")
    return {"status": "ok"}
