"""Settings of the FHIR endpoint."""

import pytest
from pydantic import ValidationError

from registry.settings import Settings


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
