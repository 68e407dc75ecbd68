from pathlib import Path

import pytest
from pydantic import ValidationError

from registry.settings import CONCERNS, Settings, settings_of_environment
from registry.settings.concern import ConcernSettings
from registry.settings.database import DatabaseSettings
from registry.settings.sftp import SftpSettings


def test_nothing_need_be_set_and_everything_lies_under_the_home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = Settings()
    assert settings.home == tmp_path / ".rosterline"
    assert settings.database_url is None
    folders = {
        settings.drop_dir,
        settings.archive_dir,
        settings.staging_dir,
        settings.results_dir,
        settings.postgres_dir,
        settings.dagster_dir,
        settings.log_dir,
    }
    assert len(folders) == 7
    assert all(folder.parent == settings.home for folder in folders)


def test_reading_the_settings_makes_no_folder(tmp_path):
    settings = Settings(home=tmp_path / "home")
    assert not settings.home.exists()


def test_each_setting_comes_from_its_variable(monkeypatch):
    monkeypatch.setenv("ROSTERLINE_HOME", "/srv/rosterline")
    monkeypatch.setenv("ROSTERLINE_WEBSERVER_PORT", "4000")
    monkeypatch.setenv("ROSTERLINE_DUCKDB_THREADS", "2")
    settings = Settings()
    assert settings.home == Path("/srv/rosterline")
    assert settings.webserver_port == 4000
    assert settings.duckdb_threads == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("webserver_port", 0),
        ("webserver_port", 70_000),
        ("max_file_bytes", 0),
        ("max_imports_per_run", 0),
        ("drop_quiet_seconds", -1),
        ("nightly_zones", "America/Gotham"),
        ("duckdb_threads", 0),
        ("dagster_database", ""),
        ("dagster_database", "d" * 64),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(name, value):
    with pytest.raises(ValidationError, match=name):
        Settings(**{name: value})


def test_settings_do_not_change_under_a_running_program(tmp_path):
    settings = Settings(home=tmp_path)
    with pytest.raises(ValidationError, match="frozen"):
        settings.webserver_port = 1


def test_printing_the_settings_does_not_show_a_password():
    settings = Settings(database_url="postgresql://u:hunter2@db/registry")
    assert "hunter2" not in f"{settings} {settings!r}"


def test_a_child_process_reads_the_very_same_settings(tmp_path, monkeypatch):
    settings = Settings(
        home=tmp_path,
        webserver_port=4001,
        drop_quiet_seconds=0.5,
        nightly_zones=("UTC", "Asia/Kathmandu"),
    )
    for name, value in settings.as_environment().items():
        monkeypatch.setenv(name, value)
    assert Settings() == settings


def test_every_setting_says_what_it_is_for():
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_the_settings_are_those_of_all_concerns():
    names = [name for concern in CONCERNS for name in concern.model_fields]
    assert set(names) == set(Settings.model_fields)
    assert all(issubclass(Settings, concern) for concern in CONCERNS)


def test_each_setting_belongs_to_one_concern():
    owners = {
        name: [concern for concern in CONCERNS if name in vars(concern).get("__annotations__", {})]
        for name in Settings.model_fields
    }
    assert [name for name, found in owners.items() if len(found) != 1] == []


@pytest.mark.parametrize("concern", CONCERNS)
def test_a_concern_is_read_from_the_same_variables_without_the_others(concern, monkeypatch):
    monkeypatch.setenv("ROSTERLINE_SFTP_PORT", "2022")
    alone = concern()
    assert isinstance(alone, ConcernSettings)
    whole = Settings()
    assert all(getattr(alone, name) == getattr(whole, name) for name in concern.model_fields)
    assert (concern is SftpSettings) == ("sftp_port" in concern.model_fields)


def test_all_settings_are_given_where_one_concern_is_taken(tmp_path):
    def data_folder(settings: DatabaseSettings) -> Path:
        return settings.postgres_dir

    assert data_folder(Settings(home=tmp_path)) == tmp_path / "postgres"


def test_what_is_not_set_is_no_variable():
    variables = Settings(duckdb_threads=None, sftp_port=2022).as_environment()
    assert variables["ROSTERLINE_SFTP_PORT"] == "2022"
    assert "ROSTERLINE_DUCKDB_THREADS" not in variables


def test_settings_of_the_environment_are_those_of_now(monkeypatch, tmp_path):
    first = settings_of_environment()
    assert first == Settings()
    assert settings_of_environment() is first
    monkeypatch.setenv("rosterline_sftp_port", "4022")
    assert settings_of_environment().sftp_port == 4022
    monkeypatch.delenv("rosterline_sftp_port")
    assert settings_of_environment() == first
    monkeypatch.chdir(tmp_path)
    assert settings_of_environment() == Settings() != first
