"""Processor time counts at the step of SQL that runs."""

import duckdb

from assets.steps import Step, run_steps
from bench.profile_import import Profile, table
from registry.settings import Settings

SLOW = Step("add_up_numbers", "SELECT sum(sqrt(range)) FROM range(30_000_000)")


def test_a_step_is_found_by_its_name(tmp_path):
    settings = Settings(home=tmp_path, database_url=None)
    with duckdb.connect() as connection, Profile(settings) as profile:
        run_steps(connection, SLOW)
    places = {place: at for (_, place), at in profile.found.items()}
    at = next(at for place, at in places.items() if place.endswith(": step add_up_numbers"))
    assert at.processor > 0
    assert "add_up_numbers" in table(profile.found, top=3)
