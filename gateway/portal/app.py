"""The portal's application: its routers, and what lives as long as the process.

browser ──▶ PageLanguage ──▶ SecurityHeaders ──▶ Edge ──▶ OwnFormsOnly ──▶ router ──▶ registry
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from psycopg_pool import ConnectionPool
from starlette.concurrency import run_in_threadpool
from starlette.middleware.sessions import SessionMiddleware
from starlette.staticfiles import StaticFiles

from gateway.http.middleware import NO_TELEMETRY, Edge
from gateway.http.signing_key import derived_key
from gateway.portal import choose_language
from gateway.portal.context import PortalContext, now
from gateway.portal.desk import desk
from gateway.portal.error_pages import AS_PAGES, answer_errors_with_pages
from gateway.portal.imports import (
    check_and_import,
    correct_rows,
    format_pages,
    import_list,
    map_columns,
    one_import,
    result_downloads,
    undo_import,
)
from gateway.portal.languages import PageLanguage
from gateway.portal.own_writes import RememberWrites
from gateway.portal.page_requests import UPLOAD_PATH
from gateway.portal.patients import correct_patient, export, one_patient, patient_search
from gateway.portal.rendering import STATIC
from gateway.portal.reviews import (
    asked_pair,
    bulk_merges,
    chosen_pair,
    identities,
    one_cluster,
    one_pair,
    review_queue,
    score_chart,
)
from gateway.portal.security_headers import OwnFormsOnly, SecurityHeaders
from gateway.portal.settings import (
    account,
    activity_log,
    api_keys,
    column_mappings,
    lists,
    notifications,
    overview,
    sftp_users,
    sign_in_rules,
    users,
    webhook,
)
from gateway.portal.sign_in import (
    choose_account,
    give_code,
    open_dagster,
    own_password,
    own_sessions,
    password_links,
    second_factor,
    sign_in,
    single_sign_on,
)
from gateway.single_sign_on import PATH as SINGLE_SIGN_ON
from gateway.single_sign_on import SingleSignOn
from registry.accounts.bans import forget_old_tries
from registry.accounts.portal_links import delete_old_links
from registry.accounts.portal_sessions import delete_expired
from registry.database.pool import connection_pool
from registry.database.replica import Replica
from registry.settings import Settings

POOL_SIZE = 10
SWEEP_SECONDS = 600.0
SINGLE_SIGN_ON_SECONDS = 600
"""How long a user may take at the provider of single sign-on."""

ROUTERS = [
    module.router
    for module in (
        *(choose_language, sign_in, single_sign_on, password_links, give_code),
        *(own_password, second_factor, own_sessions, choose_account, open_dagster),
        *(
            desk,
            check_and_import,
            import_list,
            one_import,
            correct_rows,
            map_columns,
            undo_import,
            result_downloads,
            format_pages,
        ),
        *(patient_search, export, correct_patient, one_patient),
        # Before `one_pair`, whose paths are any two ids.
        *(review_queue, identities, bulk_merges, score_chart, asked_pair, chosen_pair),
        *(one_cluster, one_pair),
        *(
            overview,
            users,
            api_keys,
            sftp_users,
            webhook,
            notifications,
            lists,
            column_mappings,
            account,
            sign_in_rules,
            activity_log,
        ),
    )
]


def create_portal(settings: Settings) -> FastAPI:
    """The portal with these settings; it connects to the database when it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        pool = connection_pool(settings, POOL_SIZE)
        pool.open()
        provider = SingleSignOn(settings) if settings.oidc_issuer else None
        replica = Replica(settings, POOL_SIZE) if settings.database_replica_url else None
        if replica:
            replica.open()
        app.state.context = context = PortalContext(settings, pool, provider, replica)
        sweeping = asyncio.create_task(_sweep(context))
        try:
            yield
        finally:
            sweeping.cancel()
            with suppress(asyncio.CancelledError):
                await sweeping
            context.later.shutdown(cancel_futures=True)
            pool.close()
            if replica:
                replica.close()

    app = FastAPI(
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        telemetry=NO_TELEMETRY,
    )
    answer_errors_with_pages(app)
    # The middleware that is added last is the outermost.
    if settings.oidc_issuer:
        app.add_middleware(
            SessionMiddleware,
            secret_key=derived_key(settings, "single sign-on").hex(),
            session_cookie="rosterline-single-sign-on",
            max_age=SINGLE_SIGN_ON_SECONDS,
            path=SINGLE_SIGN_ON,
            https_only=settings.api_url.startswith("https://"),
        )
    if settings.database_replica_url:
        app.add_middleware(RememberWrites)
    app.add_middleware(OwnFormsOnly)
    app.add_middleware(Edge, answers=AS_PAGES, uploads=UPLOAD_PATH)
    app.add_middleware(SecurityHeaders, is_https=settings.api_url.startswith("https://"))
    app.add_middleware(PageLanguage)
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
        forget_old_tries(connection, settings)
        delete_old_links(connection, now())
