"""`python -m gateway.api`: serve API and portal until SIGTERM."""

import gc
import logging
import os
from math import ceil

import uvicorn

from gateway.http.connections import SERVER, allow_many_connections
from gateway.http.draining import Draining, DrainingServer
from gateway.web_application import create_web
from registry.logs import set_up_logs
from registry.processes import PRIVATE_UMASK
from registry.settings import Settings
from registry.telemetry.endpoint import serving_metrics
from registry.telemetry.spans import tracing

GARBAGE_AFTER = 50_000
"""New objects between two garbage collections; a call leaves some hundreds, and few are garbage."""


def main() -> None:
    """Serve, with settings from the environment."""
    set_up_logs(Settings())
    for chatty in ("httpx", "httpcore"):
        logging.getLogger(chatty).setLevel(logging.WARNING)  # they log addresses in full
    os.umask(PRIVATE_UMASK)
    allow_many_connections()
    settings = Settings()
    draining = Draining()
    web = create_web(settings, draining)
    # All objects that exist now stay: to look through them again and again took a tenth of each
    # request.
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER, 50, 50)
    config = uvicorn.Config(
        web,
        host=settings.http_host,
        port=settings.http_port,
        timeout_graceful_shutdown=ceil(settings.drain_seconds),
        **SERVER,
    )
    with serving_metrics(settings), tracing("api"):
        DrainingServer(config, settings, draining).run()


if __name__ == "__main__":
    main()
