"""`dagster dev` in a checkout, as CONTRIBUTING names it to who works on definitions."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from pipelines.process_environment import PROJECT_DIR
from tests.ports import free_port
from tests.waiting import eventually

PROGRAMS = Path(sys.executable).parent
PATIENCE = 300
"""Seconds until all is loaded: others may use the machine."""
_ENTRIES = """
{ workspaceOrError { ... on Workspace {
  locationEntries { name loadStatus locationOrLoadError { __typename } }
} } }
"""


@pytest.fixture
def served(home, tmp_path):
    """`dagster dev` in a session of its own, as in a terminal, and its address."""
    port = free_port()
    line = f'eval "$(rosterline env)" && cd "{PROJECT_DIR}" && exec dagster dev -p {port}'
    path = {"PATH": f"{PROGRAMS}:{os.environ['PATH']}", "PYTHONWARNINGS": "ignore"}
    with (
        (tmp_path / "dev.log").open("wb") as log,
        subprocess.Popen(
            ["/bin/sh", "-c", line],
            env=home.as_environment() | path,
            stdout=log,
            stderr=log,
            start_new_session=True,
        ) as process,
    ):
        try:
            yield process, f"http://127.0.0.1:{port}/graphql"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.slow
def test_dagster_dev_loads_the_imports_code_location(served):
    process, address = served
    entries = eventually(lambda: process.poll() is not None or _loaded(address), PATIENCE)
    assert entries == {"rosterline": "RepositoryLocation"}


def _asked(address, query):
    """What GraphQL answers; None while nobody does."""
    with suppress(httpx.TransportError):
        return httpx.post(address, json={"query": query}, timeout=PATIENCE).json()["data"]


def _loaded(address):
    """The kind of each location once all are loaded: a repository, or an error."""
    data = _asked(address, _ENTRIES)
    entries = data["workspaceOrError"]["locationEntries"] if data else []
    if entries and all(each["loadStatus"] == "LOADED" for each in entries):
        return {each["name"]: each["locationOrLoadError"]["__typename"] for each in entries}
    return None
