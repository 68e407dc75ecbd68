"""`python -m gateway.sftp`: serve until SIGTERM or Ctrl-C."""

import asyncio
import logging
import os
import signal
import sys

from gateway.sftp.serving import serving
from registry.logs import set_up_logs
from registry.processes import PRIVATE_UMASK
from registry.settings import Settings
from registry.telemetry.endpoint import serving_metrics
from registry.telemetry.spans import tracing
from schemas.errors import RosterlineError

logger = logging.getLogger("gateway.sftp")


async def main() -> None:
    """Serve, with settings from the environment."""
    os.umask(PRIVATE_UMASK)
    settings = Settings()
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    with serving_metrics(settings), tracing("sftp"):
        async with serving(settings) as port:
            logger.info("SFTP server listens on %s:%s", settings.sftp_host, port)
            await over.wait()


if __name__ == "__main__":
    set_up_logs(Settings())
    # asyncssh logs every request with its paths; those belong into the activity log only.
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
    try:
        asyncio.run(main())
    except RosterlineError as error:
        sys.exit(str(error))
