"""Running the command: in this process, or in one of its own, which takes seconds to load."""

import os
import subprocess

import pytest
from typer.testing import CliRunner

from cli import output
from cli.main import app
from tests.cli.homes import ROSTERLINE
from tests.ports import free_port


@pytest.fixture
def home(database, tmp_path, monkeypatch):
    """Settings of this test's own home and the empty registry, in the environment."""
    ports = {f"{service}_port": free_port() for service in ("webserver", "sftp", "http")}
    changes = {"home": tmp_path / "home", "drop_quiet_seconds": 0.2} | ports
    own = database.model_copy(update=changes)
    for name, value in own.as_environment().items():
        monkeypatch.setenv(name, value)
    # Wide enough that no name is cut off: in a process of its own, and in this one, where rich
    # kept the width that pytest's workers were started with.
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(output.console, "width", 200)
    return own


@pytest.fixture
def rosterline(home):  # noqa: ARG001 - the command reads it from the environment
    """Runs a command in this process."""

    def run(*arguments):
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return run


@pytest.fixture
def start(home):  # noqa: ARG001 - as above
    """Starts a command in a process of its own."""

    def run(*arguments):
        command = [ROSTERLINE, *(str(argument) for argument in arguments)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(command, env=dict(os.environ), **pipes)

    return run


@pytest.fixture
def command(start):
    """Runs a command in a process of its own to its end."""

    def run(*arguments):
        with start(*arguments) as process:
            stdout, stderr = process.communicate(timeout=300)
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)

    return run
