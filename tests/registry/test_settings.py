from pathlib import Path

import pytest
from pydantic import ValidationError

from registry.settings import Settings


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


def test_zones_are_separated_by_commas(monkeypatch):
    monkeypatch.setenv("ROSTERLINE_NIGHTLY_ZONES", "UTC, Africa/Cairo,UTC,")
    assert Settings().nightly_zones == ("UTC", "Africa/Cairo")


def test_a_relative_home_stays_the_same_folder_after_a_change_of_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = Settings(home=Path("here"))
    monkeypatch.chdir("/")
    assert settings.home == tmp_path / "here"


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


@pytest.mark.parametrize(
    ("given", "systems"),
    [
        ("", {}),
        ("external=urn:oid:1.2.3", {"external": "urn:oid:1.2.3"}),
        (
            "external=urn:oid:1.2.3, ssn=http://hl7.org/fhir/sid/us-ssn",
            {"external": "urn:oid:1.2.3", "ssn": "http://hl7.org/fhir/sid/us-ssn"},
        ),
    ],
)
def test_identifier_systems_are_pairs_and_a_child_process_reads_them_too(
    given, systems, monkeypatch
):
    monkeypatch.setenv("ROSTERLINE_FHIR_IDENTIFIER_SYSTEMS", given)
    settings = Settings()
    assert settings.identifier_systems == systems
    for name, value in settings.as_environment().items():
        monkeypatch.setenv(name, value)
    assert Settings() == settings


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("fhir_identifier_systems", {"fhir_identifier_systems": "license=urn:x"}),
        ("fhir_identifier_systems", {"fhir_identifier_systems": "ssn"}),
        ("fhir_identifier_systems", {"fhir_identifier_systems": "ssn=us"}),
        ("fhir_base_url", {"fhir_base_url": "ftp://fhir.example"}),
        ("fhir_base_url", {"fhir_base_url": "https://me:secret@fhir.example"}),
        ("fhir_base_url", {"fhir_base_url": "https://fhir.example/r4?key=1"}),
        ("fhir_password", {"fhir_user": "me"}),
        ("fhir_password", {"fhir_password": "secret"}),
        ("fhir_password", {"fhir_user": "me", "fhir_password": "x", "fhir_token": "y"}),
        ("fhir_requests_per_second", {"fhir_requests_per_second": 0}),
    ],
)
def test_settings_of_the_fhir_endpoint_that_make_no_sense_are_refused(name, values):
    with pytest.raises(ValidationError, match=name):
        Settings(**values)


def test_printing_the_settings_shows_no_secret_of_the_fhir_endpoint():
    with_token = Settings(fhir_base_url="https://f.example", fhir_token="hunter2")
    with_password = Settings(fhir_user="us", fhir_password="hunter2")
    assert "hunter2" not in f"{with_token} {with_token!r} {with_password} {with_password!r}"
