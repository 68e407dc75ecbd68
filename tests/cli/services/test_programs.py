import importlib.util
from pathlib import Path

import pytest

from cli.services.programs import command_of, start_order, stop_order
from registry.settings import Settings

MANY = Settings(http_processes=2, sftp_processes=3, run_launcher="celery", celery_workers=2)


@pytest.mark.parametrize("settings", [Settings(), MANY], ids=["one of each", "many"])
def test_every_service_is_started_and_stopped(settings):
    started = start_order(settings)
    assert sorted(started) == sorted(stop_order(settings))
    assert len(set(started)) == len(started)


def test_as_many_processes_are_started_as_the_settings_say():
    one, many = start_order(Settings()), start_order(MANY)
    assert "worker" not in one
    further = ["api-2", "sftp-2", "sftp-3", "worker", "worker-2"]
    assert sorted(set(many) - set(one)) == further


@pytest.mark.parametrize("name", start_order(MANY))
def test_the_program_of_a_service_exists(name):
    program, *arguments = command_of(MANY, name)
    assert Path(program).is_file()
    if name.startswith(("sftp", "api")):
        assert importlib.util.find_spec(f"{arguments[-1]}.__main__")
    if name.startswith("worker"):
        assert importlib.util.find_spec(arguments[arguments.index("--app") + 1])
        assert f"{name}@%h" in arguments


def test_daemon_and_webserver_read_the_same_workspace(settings):
    daemon, webserver = command_of(settings, "daemon"), command_of(settings, "webserver")
    workspace = str(settings.dagster_dir.absolute() / "workspace.yaml")
    assert daemon[-2:] == ["-w", workspace]
    assert webserver[-1] == workspace
