"""`python -m gateway.api`: serve API and portal until SIGTERM."""

import gc
import logging
import os

import uvicorn

from gateway.web_application import create_web
from registry.processes import PRIVATE_UMASK
from registry.settings import Settings

STOP_SECONDS = 10
"""How long calls that are under way may take once the process shall stop."""

GARBAGE_AFTER = 50_000
"""New objects between two garbage collections; a call leaves some hundreds, and few are garbage."""


def main() -> None:
    """Serve, with settings from the environment."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for chatty in ("httpx", "httpcore"):
        logging.getLogger(chatty).setLevel(logging.WARNING)  # they log addresses in full
    os.umask(PRIVATE_UMASK)
    settings = Settings()
    web = create_web(settings)
    # All objects that exist now stay: to look through them again and again took a tenth of each
    # request.
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER, 50, 50)
    uvicorn.run(
        web,
        host=settings.http_host,
        port=settings.http_port,
        # gateway/http/middleware.py writes one without signed links and ids of patients.
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=STOP_SECONDS,
    )


if __name__ == "__main__":
    main()
