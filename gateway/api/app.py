"""The API as an application: its routers, and what lives as long as the process.

client ──▶ Edge ──▶ router ──▶ AuthenticatedCaller.as_account() ──▶ registry
"""

import asyncio
import importlib.metadata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline
from pydantic import BaseModel

from gateway.api import (
    bulk_creates,
    bulk_merges,
    cohorts,
    column_mappings,
    documents,
    facilities,
    failed_workbooks,
    held_files,
    not_here,
    patient_calls,
    patients,
    results,
    review_clusters,
    reviews,
    upload,
    webhooks,
)
from gateway.api.context import ApiContext, InContext
from gateway.api.housekeeping import keep_up
from gateway.api.problems import AS_JSON, handle_problems
from gateway.api.rate_limits import limiter_of
from gateway.http.draining import Draining
from gateway.http.middleware import NO_TELEMETRY, Edge
from gateway.http.signed_links import UPLOAD_PATH, Links
from gateway.http.signing_key import signing_secret
from gateway.webhooks.worker import Worker
from registry.database.pool import connection_pool
from registry.readiness import STOPPING, lacks
from registry.settings import Settings

POOL_SIZE = 20
READY_SECONDS = 3.0
"""How long `/ready` waits for a connection."""

ABOUT = """\
Import patients in bulk: ask for a link, `PUT` a CSV, be notified by webhook, fetch a result for
every row. Every call needs the header `x-api-key`, except those of signed links.

1. `POST /medical/v1/patient/bulk` answers `uploadUrl`.
2. `PUT` the CSV to it within 10 minutes.
3. Webhooks report `processing`, then `completed` or `failed`; `GET` shows the same.
4. `result` is a link to a CSV: each row as sent, with our id, status and reason.

Errors have the body `{status, name, title, detail}`. Answers carry `RateLimit` headers. Anything
that belongs to another account does not exist: 404."""


class NotReady(BaseModel):
    """Why no calls should be sent here now: `database`, `storage`, `stopping`."""

    status: str
    lacks: list[str]


def create_app(settings: Settings, draining: Draining | None = None) -> FastAPI:
    """The application with these settings; it connects to the database when it starts."""
    draining = draining or Draining()

    @asynccontextmanager
    async def living(app: FastAPI) -> AsyncIterator[None]:
        links = Links(signing_secret(settings), settings.api_url)
        pool = connection_pool(settings, POOL_SIZE)
        pool.open()
        app.state.context = ApiContext(settings, pool, links, limiter_of(settings), draining)
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
    # Answers and results hold values of patients, and links that need no key.
    app.add_middleware(
        Edge, answers=AS_JSON, uploads=f"{UPLOAD_PATH}/", headers={"Cache-Control": "no-store"}
    )
    # Before `reviews`, whose paths are any two ids.
    of_reviews = (review_clusters, bulk_merges, reviews)
    routed = (
        bulk_creates,
        upload,
        results,
        failed_workbooks,
        patients,
        patient_calls,
        *of_reviews,
        held_files,
        facilities,
        cohorts,
        column_mappings,
        documents,
        webhooks,
        not_here,
    )
    for module in routed:
        app.include_router(module.router)
    app.get("/health", tags=["Service"])(health)
    app.get("/ready", tags=["Service"], responses={503: {"model": NotReady}})(ready)
    return app


async def health() -> dict[str, str]:
    """Tell that the process lives, whatever it can reach; for whoever would restart it."""
    return {"status": "ok"}


def ready(context: InContext) -> Response:
    """Tell whether calls can be answered here, for a balancer.

    Not while the database or the storage cannot be used, nor while the process is about to end.
    """
    found = lacks(context.settings, lambda: context.pool.connection(READY_SECONDS))
    if context.draining.is_stopping:
        found.append(STOPPING)
    if found:
        said = NotReady(status="not ready", lacks=found)
        return JSONResponse(said.model_dump(), HTTPStatus.SERVICE_UNAVAILABLE)
    return JSONResponse({"status": "ready"})
