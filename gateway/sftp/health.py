"""`/health` and `/ready` of an SFTP server, over HTTP: SSH has no such question."""

import asyncio
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from gateway.http.draining import Draining
from gateway.sftp.service import SftpService
from registry.readiness import STOPPING, lacks


class _Server(uvicorn.Server):
    """Uvicorn's server beside another one, which has the signals of the process."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave the signals alone."""
        yield


@asynccontextmanager
async def answering_health(service: SftpService, draining: Draining) -> AsyncIterator[None]:
    """Answer on `sftp_health_port` while the body runs; without such a port, do nothing."""
    settings = service.settings
    if settings.sftp_health_port is None:
        yield
        return

    async def health(_: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    async def ready(_: Request) -> JSONResponse:
        found = await service.judge(lambda: lacks(settings, service.registry))
        found = [*found, *([STOPPING] if draining.is_stopping else [])]
        if found:
            return JSONResponse({"status": "not ready", "lacks": found}, 503)
        return JSONResponse({"status": "ready"})

    app = Starlette(routes=[Route("/health", health), Route("/ready", ready)])
    server = _Server(
        uvicorn.Config(
            app,
            host=settings.http_host,
            port=settings.sftp_health_port,
            access_log=False,
            log_config=None,
            log_level="warning",
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
    )
    serving = asyncio.create_task(server.serve())
    try:
        yield
    finally:
        server.should_exit = True
        with suppress(asyncio.CancelledError):
            await serving
