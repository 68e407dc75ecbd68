import importlib.util
from pathlib import Path

import pytest

from cli.services.programs import START_ORDER, STOP_ORDER, command_of


def test_every_service_is_started_and_stopped():
    assert sorted(START_ORDER) == sorted(STOP_ORDER)
    assert len(set(START_ORDER)) == len(START_ORDER)


@pytest.mark.parametrize("name", START_ORDER)
def test_the_program_of_a_service_exists(settings, name):
    program, *arguments = command_of(settings, name)
    assert Path(program).is_file()
    if name in ("sftp", "api"):
        assert importlib.util.find_spec(f"{arguments[-1]}.__main__")


def test_the_webserver_listens_where_the_settings_say(settings):
    own = settings.model_copy(update={"webserver_host": "192.0.2.7", "webserver_port": 3001})
    command = command_of(own, "webserver")
    assert command[command.index("-h") + 1] == "192.0.2.7"
    assert command[command.index("-p") + 1] == "3001"


def test_daemon_and_webserver_read_the_same_workspace(settings):
    daemon, webserver = command_of(settings, "daemon"), command_of(settings, "webserver")
    assert (
        daemon[-2:]
        == webserver[-2:]
        == [
            "-w",
            str(settings.dagster_dir.absolute() / "workspace.yaml"),
        ]
    )
