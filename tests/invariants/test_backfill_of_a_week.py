"""After a change of a rule, a week that is run again gives what the rule would have given."""

from datetime import timedelta

import pytest

from registry.accounts.accounts import add_account, change_settings
from registry.ledger.backfill import imports_of_days
from registry.patients.history import read_record, read_refused_values
from registry.patients.value_history import value_histories
from tests.files import care, john, maria
from tests.importing import process, put
from tests.nights import MONDAY, Clinic
from tests.state import facts, replayed

OLD_RULE = {"risk_levels": ["High", "Low"]}
NEW_RULE = {"risk_levels": ["High", "Low", "Rising"]}

ANA = {**maria(), "ehr": "E-3", "first": "Ana"}
WEEK = [
    # Both rules accept the other values of a row with "Rising"; only the new one accepts the level.
    [maria(risk="Rising", city="Rome"), john(risk="Rising", score="1")],
    [maria(risk="High", city="Oslo"), john(phone="212-555-0123")],
    [maria(city="#N/A", flags="Frail"), john(risk="Rising", score="2"), ANA],
    [maria(risk="Rising", notes="walks"), {**ANA, "risk": "Low"}],
    [maria(risk="Low", city="Bern"), john(score="#N/A", department="Heart")],
    [{**ANA, "risk": "Rising", "city": "Kyiv"}, john(flags="A; B")],
    [maria(flags="#N/A"), {**ANA, "risk": "#N/A"}, john(born="soon", risk="Rising")],
]


@pytest.fixture
def clinic(database, connection, tmp_path):
    return Clinic(database, connection, tmp_path)


@pytest.fixture
def week(clinic):
    """Seven nights under the old rule; the rule is corrected afterwards."""
    change_settings(clinic.connection, clinic.account, OLD_RULE)
    done = [clinic.send(day, *rows) for day, rows in enumerate(WEEK)]
    change_settings(clinic.connection, clinic.account, NEW_RULE)
    return [each.imported for each in done]


def backfill(clinic):
    first, last = MONDAY.date(), MONDAY.date() + timedelta(days=6)
    chosen = imports_of_days(clinic.connection, clinic.account, first, last)
    return [process(clinic.settings, clinic.connection, each, again=True) for each in chosen]


def people(clinic, account_id):
    """Facts of an account's patients without their ids, which differ between accounts."""
    found = facts(clinic.connection, account_id).values()
    return sorted(found, key=lambda each: each["identifier/ehr/value"])


def trace(clinic, ehr, address):
    (patient,) = clinic.connection.execute(
        "SELECT patient_id FROM patient_identifier i JOIN patient p ON p.id = i.patient_id"
        " WHERE p.account_id = %s AND i.value = %s",
        (clinic.account.id, ehr),
    ).fetchone()
    record = read_record(clinic.connection, clinic.account.id, patient)
    (found,) = value_histories(record, read_refused_values(clinic.connection, patient), address)
    return found


@pytest.mark.slow
def test_the_registry_is_what_seven_nights_under_the_new_rule_give(clinic, week):
    before = people(clinic, clinic.account.id)
    backfill(clinic)
    other = add_account(clinic.connection, "replay", "thoroughcare")
    change_settings(clinic.connection, other, NEW_RULE)
    for imported, rows in zip(week, WEEK, strict=True):
        night = put(clinic.settings, clinic.connection, other, care(*rows), folder=clinic.folder,
                    received_at=imported.received_at)  # fmt: skip
        process(clinic.settings, clinic.connection, night)
    after = people(clinic, clinic.account.id)
    assert after == people(clinic, other.id)
    assert after != before, "the rule made no difference"
    history = replayed(clinic.connection, clinic.account.id)
    assert history == facts(clinic.connection, clinic.account.id)
    newer_values_were_kept_and_lineage_tells_why(clinic, week)
    each_night_has_both_its_results(clinic, week)


def newer_values_were_kept_and_lineage_tells_why(clinic, week):
    """John's level came on two nights that the old rule refused; Maria's was set in between."""
    keys = [each.partition_key for each in week]
    maria_level = trace(clinic, "E-1", "risk_level")
    assert maria_level.value == "Low"
    refused = {kept.origin.partition_key: kept.newer for kept in maria_level.refused}
    assert refused[keys[0]] == f"import {keys[4]}"
    assert refused[keys[3]] == f"import {keys[4]}"
    john_level = trace(clinic, "E-2", "risk_level")
    assert [(step.new, step.origin.partition_key) for step in john_level.steps] == [
        ("Rising", keys[0])
    ]
    assert john_level.steps[0].origin.attempt == 2


def each_night_has_both_its_results(clinic, week):
    for imported in week:
        folder = clinic.settings.results_dir / imported.partition_key
        day = imported.received_at.date()
        names = {path.name for path in folder.iterdir()}
        assert {f"{day}_roster.csv", f"{day}_roster_attempt-2.csv"} <= names
