"""Loading the code location of imports anew, as *Reload definitions* does in the UI.

    python -m pipelines.reload

Webserver and daemon look once a second whether the code server is another one, and take up what it
has loaded.
"""

import logging

from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._grpc.client import DagsterGrpcClient

from pipelines.process_environment import code_socket
from registry.settings import Settings

logger = logging.getLogger(__name__)

RELOAD_SECONDS = 120


def reload_code(settings: Settings) -> bool:
    """Let the code server of this home load its code anew; returns whether one answered."""
    try:
        client = DagsterGrpcClient(socket=str(code_socket(settings)))
        client.reload_code(timeout=RELOAD_SECONDS)
    except DagsterUserCodeUnreachableError:
        logger.warning("no code server answers; the next one that starts loads the new schedules")
        return False
    return True


if __name__ == "__main__":
    reload_code(Settings())
