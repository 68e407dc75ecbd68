"""One application for API and portal: the first part of a path decides which of them answers.

The portal is not mounted in the API, because its pages would then answer calls that the API
refuses, and the API's limits would apply to its pages.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI
from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.api.app import create_app
from gateway.http.addresses import behind_proxies
from gateway.http.draining import CloseWhileDraining, Draining
from gateway.portal.app import create_portal
from registry.settings import Settings

SHARED = frozenset({"/settings"})
"""Paths that are a page for a browser, and a call of the API for a program."""


def create_web(settings: Settings, draining: Draining | None = None) -> ASGIApp:
    """API and portal with these settings; they connect to the database when they start.

    `draining` says whether the process is about to end.
    """
    draining = draining or Draining()
    api, portal = create_app(settings, draining), create_portal(settings)
    parts_of_api = _first_parts(api)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        is_call = _first_part(scope["path"]) in parts_of_api and not _is_page(scope)
        app = api if is_call else portal
        await app(scope, receive, send)

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for app in (api, portal):
                await stack.enter_async_context(app.router.lifespan_context(app))
            yield

    both = CloseWhileDraining(Router(default=answer, lifespan=lifespan), draining)
    return behind_proxies(both, settings)


def _is_page(scope: Scope) -> bool:
    """Whether a browser asks for a page under a path that programs call too."""
    headers = dict(scope.get("headers", ()))
    return (
        scope["path"] in SHARED
        and scope.get("method") == "GET"
        and b"text/html" in headers.get(b"accept", b"")
        and b"x-api-key" not in headers
    )


def _first_parts(api: FastAPI) -> frozenset[str]:
    paths = [*api.openapi()["paths"], *(getattr(each, "path", "") for each in api.routes)]
    return frozenset(_first_part(path) for path in paths if path)


def _first_part(path: str) -> str:
    return path.removeprefix("/").partition("/")[0]
