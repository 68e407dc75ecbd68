"""Zones that need a nightly schedule."""

import pytest

from registry.landing.zones_in_use import keep_zones, zones_in_use


@pytest.fixture
def home(settings, tmp_path):
    return settings.model_copy(update={"home": tmp_path, "nightly_zones": ("UTC", "Asia/Tokyo")})


def test_those_of_the_settings_come_first_and_those_of_accounts_follow(home):
    assert zones_in_use(home) == ("UTC", "Asia/Tokyo")
    assert keep_zones(home, ["Europe/Paris", "UTC", "America/Detroit"])
    assert zones_in_use(home) == ("UTC", "Asia/Tokyo", "America/Detroit", "Europe/Paris")


def test_only_a_zone_that_has_no_schedule_yet_is_news(home):
    assert not keep_zones(home, ["UTC"])
    assert keep_zones(home, ["Europe/Paris"])
    assert not keep_zones(home, ["Europe/Paris"])


def test_a_zone_stays_although_its_account_is_not_named_any_more(home):
    keep_zones(home, ["Europe/Paris"])
    keep_zones(home, ["America/Detroit"])
    assert zones_in_use(home)[2:] == ("America/Detroit", "Europe/Paris")


def test_a_file_that_cannot_be_read_is_written_anew(home):
    keep_zones(home, ["Europe/Paris"])
    (home.dagster_dir / "zones_of_accounts.json").write_text("{")
    assert zones_in_use(home) == ("UTC", "Asia/Tokyo")
    assert keep_zones(home, ["Europe/Paris"])
