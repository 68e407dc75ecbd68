"""Settings of Dagster: addresses and the zones of the nightly schedules."""

import pytest
from pydantic import ValidationError

from registry.settings import Settings
from registry.settings.dagster import DagsterSettings


def test_zones_are_separated_by_commas(monkeypatch):
    monkeypatch.setenv("ROSTERLINE_NIGHTLY_ZONES", "UTC, Africa/Cairo,UTC,")
    assert Settings().nightly_zones == ("UTC", "Africa/Cairo")


def test_a_zone_outside_of_the_united_states_is_known():
    assert DagsterSettings(nightly_zones="Asia/Kathmandu").nightly_zones == ("Asia/Kathmandu",)


def test_a_zone_that_nobody_knows_is_named():
    with pytest.raises(ValidationError, match="America/Gotham"):
        DagsterSettings(nightly_zones="UTC,America/Gotham")


@pytest.mark.parametrize(
    ("public", "run_url"),
    [
        (None, "http://127.0.0.1:3000/runs"),
        ("https://dagster.example/", "https://dagster.example/runs"),
    ],
)
def test_operators_find_a_run_below_the_public_address(public, run_url):
    assert DagsterSettings(dagster_public_url=public).run_url == run_url
