"""Commands in a home of a test's own, each in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.services import background
from registry.database.embedded_server import find_postmaster
from registry.settings import Settings
from tests.conftest import embedded_home
from tests.ports import free_port

ROSTERLINE = str(Path(sys.executable).with_name("rosterline"))


def rosterline(settings, *arguments):
    """What a command prints; it must succeed."""
    environment = os.environ | settings.as_environment()
    ran = subprocess.run(
        [ROSTERLINE, *map(str, arguments)], env=environment, capture_output=True, check=False
    )
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout


@contextmanager
def home_for_services(**changes: object) -> Iterator[Settings]:
    """Settings of a home with an embedded PostgreSQL and free ports; `down` at the end."""
    with embedded_home() as new:
        ports = {f"{service}_port": free_port() for service in ("webserver", "sftp", "http")}
        own = new.model_copy(update={**ports, **changes})
        try:
            yield own
        finally:
            rosterline(own, "down")
        assert not any(each.running for each in background.status(own))
        assert find_postmaster(own) is None
