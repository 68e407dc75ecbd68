"""A backfill or a late file never overwrites what a later-received file carried."""

from datetime import timedelta

import pytest

from registry.accounts.accounts import add_account
from tests.files import care, john, maria, tree
from tests.importing import process, put
from tests.nights import MONDAY, Clinic
from tests.state import replayed


@pytest.fixture
def clinic(database, connection, tmp_path):
    return Clinic(database, connection, tmp_path)


def test_a_backfill_of_an_old_file_changes_no_value_that_newer_files_carried(clinic):
    week = [clinic.send(day, maria(city=f"City {day}", score=str(day))) for day in range(5)]
    before = clinic.facts()
    again = clinic.backfill(week[0])
    assert clinic.facts() == before
    assert again.outcomes == ["unchanged"]


@pytest.mark.external_postgres
def test_the_row_says_which_value_was_kept_and_from_which_import(clinic):
    old = clinic.send(0, maria(city="Rome"))
    clinic.send(1, maria(city="Oslo"))
    newest = clinic.send(2, maria(city="Bern"))
    again = clinic.backfill(old)
    key = newest.imported.partition_key
    assert again.messages(2)[0] == f"address/home/city: kept newer value from import {key}"
    assert f"kept newer value from import {key}" in again.result


def test_a_newer_file_that_only_confirmed_a_value_counts_too(clinic):
    first = clinic.send(0, maria(city="Rome"))
    clinic.send(2, maria(city="Rome"))
    late = clinic.send(1, maria(city="Oslo"))
    assert late.outcomes == ["unchanged"]
    assert late.codes(2)[0] == "kept_newer_value"
    assert clinic.value("address/home/city") == "Rome"
    assert first.patient(2) == late.patient(2)


@pytest.mark.external_postgres
def test_a_value_that_a_newer_file_cleared_stays_cleared(clinic):
    old = clinic.send(0, maria(city="Rome"))
    clinic.send(1, maria(city="#N/A"))
    again = clinic.backfill(old)
    assert again.codes(2)[0] == "kept_newer_value"
    assert clinic.value("address/home/city") is None


def test_a_late_file_does_not_clear_a_newer_value(clinic):
    clinic.send(0, maria())
    clinic.send(2, maria(city="Rome"))
    late = clinic.send(1, maria(city="#N/A"))
    assert late.outcomes == ["unchanged"]
    assert clinic.value("address/home/city") == "Rome"


def test_a_late_file_sets_values_that_no_newer_file_carried(clinic):
    clinic.send(0, maria(city="Rome"))
    clinic.send(2, maria(city="Oslo"))
    late = clinic.send(1, maria(city="Bern", phone="212-555-0123", flags="Frail"))
    assert late.outcomes == ["updated"]
    assert clinic.value("address/home/city") == "Oslo"
    assert clinic.value("contact/phone/home/value") == "+12125550123"
    assert clinic.value("flag/frail/name") == "Frail"


def test_a_file_between_two_others_wins_over_the_older_and_loses_to_the_newer(clinic):
    clinic.send(0, maria(city="Rome", score="1"))
    clinic.send(4, maria(city="Oslo"))
    clinic.send(2, maria(city="Bern", score="2"))
    again = clinic.send(1, maria(city="Kyiv", score="3"))
    assert again.outcomes == ["unchanged"]
    assert clinic.value("address/home/city") == "Oslo"
    assert clinic.value("risk_score") == "2"


def test_a_newer_file_of_another_account_does_not_count(clinic, database, connection, tmp_path):
    clinic.send(0, maria(city="Rome"))
    other = add_account(connection, "other", "thoroughcare")
    connection.commit()
    at = MONDAY + timedelta(days=3)
    newer = put(database, connection, other, care(maria(city="Oslo")), folder=tmp_path,
                received_at=at)  # fmt: skip
    process(database, connection, newer)
    assert clinic.send(1, maria(city="Bern")).outcomes == ["updated"]
    assert clinic.value("address/home/city") == "Bern"


def test_a_dry_run_that_came_later_carried_nothing(clinic, database, connection, tmp_path):
    clinic.send(0, maria(city="Rome"))
    dry = put(database, connection, clinic.account, care(maria(city="Oslo")), folder=tmp_path,
              received_at=MONDAY + timedelta(days=3), dry_run=True)  # fmt: skip
    process(database, connection, dry)
    assert clinic.send(1, maria(city="Bern")).outcomes == ["updated"]


def test_a_patient_created_by_a_late_file_is_found_by_the_newer_one_sent_again(clinic):
    newer = clinic.send(2, john(city="Oslo"))
    late = clinic.send(1, maria(city="Bern"))
    assert late.outcomes == ["created"]
    assert clinic.backfill(newer).outcomes == ["unchanged"]


@pytest.mark.slow
def test_a_whole_week_sent_again_in_any_order_leaves_the_registry_alone(clinic):
    week = [
        clinic.send(0, maria(city="Rome", flags="A"), john(score="1")),
        clinic.send(1, maria(phone="212-555-0123"), john(score="#N/A", city="Oslo")),
        clinic.send(2, maria(city="#N/A", notes="x"), maria(city="Bern")),
        clinic.send(3, john(score="2", flags="B; C")),
    ]
    before = clinic.facts()
    for number in (2, 0, 3, 1, 0):
        clinic.backfill(week[number])
    assert clinic.facts() == before == replayed(clinic.connection, clinic.account.id)


def test_a_cleared_list_is_not_filled_again_by_an_older_file(clinic):
    old = clinic.send(0, maria(flags="Frail"))
    clinic.send(1, maria(flags="#N/A"))
    clinic.backfill(old)
    assert clinic.value("flag/frail/name") is None


@pytest.mark.external_postgres
def test_a_late_file_that_clears_a_list_leaves_the_items_of_a_newer_file(clinic):
    clinic.send(0, maria(flags="Frail; Lives alone"))
    newer = clinic.send(2, maria(flags="Frail; Falls"))
    late = clinic.send(1, maria(flags="#N/A"))
    assert late.outcomes == ["updated"]
    assert clinic.value("flag/lives alone/name") is None
    assert clinic.value("flag/frail/name") == "Frail", "confirmed by the newer one"
    assert clinic.value("flag/falls/name") == "Falls", "brought by the newer one"
    kept = f"kept newer value from import {newer.imported.partition_key}"
    assert {f"flag/{name}/name: {kept}" for name in ("frail", "falls")} <= set(late.messages(2))


def test_a_late_file_that_clears_a_list_leaves_a_patient_of_a_newer_file(clinic):
    clinic.send(2, maria(flags="Frail"))
    clinic.send(1, maria(flags="#N/A"))
    assert clinic.value("flag/frail/name") == "Frail"


def test_each_attempt_has_its_own_result_file_and_earlier_ones_stay(clinic):
    old = clinic.send(0, maria(city="Rome"))
    folder = clinic.settings.results_dir / old.imported.partition_key
    first = tree(folder)
    clinic.send(1, maria(city="Oslo"))
    clinic.backfill(old)
    clinic.backfill(old)
    after = tree(folder)
    assert {name: after[name] for name in first} == first
    assert set(after) - set(first) == {
        f"2026-11-16_roster{kind}_attempt-{number}.csv"
        for kind in ("", "_failed-rows")
        for number in (2, 3)
    }


def test_a_result_is_made_again_byte_for_byte_without_staging_and_old_result(clinic):
    cells = {"notes": 'He said "hi",\nthen left', "city": "=1+1"}
    done = clinic.send(0, maria(**cells), maria(born="not a date"), john())
    folder = clinic.settings.results_dir / done.imported.partition_key
    before = tree(folder)
    for path in (*folder.iterdir(), *clinic.settings.staging_dir.glob("*.duckdb*")):
        path.unlink()
    process(clinic.settings, clinic.connection, done.imported, stages=("result_files",))
    assert tree(folder) == before
