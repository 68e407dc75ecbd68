"""`python -m cli.services.dagster_ui WORKSPACE`: serve Dagster's web page behind our front.

What `dagster-webserver` does, with its own parts; the program itself takes no middleware.
DAGSTER_HOME names the instance.
"""

import os
import sys
from datetime import UTC, datetime

import uvicorn
from dagster import DagsterInstance
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_webserver.app import create_app_from_workspace_process_context
from dagster_webserver.cli import (
    DEFAULT_DB_STATEMENT_TIMEOUT,
    DEFAULT_POOL_MAX_OVERFLOW,
    DEFAULT_POOL_RECYCLE,
)
from dagster_webserver.version import __version__

from gateway.dagster_ui.front import Front
from gateway.http.addresses import behind_proxies
from gateway.http.connections import SERVER, allow_many_connections
from gateway.http.dagster_tickets import tickets
from pipelines.storage import DIRECT_URL_VARIABLE
from registry.database.pool import connection_pool
from registry.logs import set_up_logs
from registry.settings import Settings

CONNECTIONS = 2
"""For the sessions of operators."""
POLL_MILLISECONDS = 2_000
"""How often an open page asks what is new; Dagster's own default."""
STOP_SECONDS = 2
"""An open page holds its WebSocket for as long as it is open."""


def main() -> None:
    """Serve until SIGTERM, with settings from the environment."""
    settings = Settings()
    set_up_logs(settings)
    allow_many_connections()
    if direct := os.environ.get(DIRECT_URL_VARIABLE):
        # Dagster sets a statement_timeout in the webserver's sessions, which a pooler would hand on
        # to those of others.
        os.environ["ROSTERLINE_DAGSTER_URL"] = direct
    pool = connection_pool(settings, CONNECTIONS)
    with pool, DagsterInstance.get() as instance:
        instance.optimize_for_webserver(
            DEFAULT_DB_STATEMENT_TIMEOUT, DEFAULT_POOL_RECYCLE, DEFAULT_POOL_MAX_OVERFLOW
        )
        workspace = WorkspaceFileTarget([sys.argv[1]])
        with WorkspaceProcessContext(instance, workspace, version=__version__) as process:
            app = create_app_from_workspace_process_context(
                process, live_data_poll_rate=POLL_MILLISECONDS
            )
            front = Front(app, settings, tickets(settings), pool, lambda: datetime.now(UTC))
            uvicorn.run(
                behind_proxies(front, settings),
                host=settings.webserver_host,
                port=settings.webserver_port,
                log_level="warning",
                timeout_graceful_shutdown=STOP_SECONDS,
                **SERVER,
            )


if __name__ == "__main__":
    main()
