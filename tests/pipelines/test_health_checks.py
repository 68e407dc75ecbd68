"""The checks over all imports: their verdicts, and when the sensor reports them."""

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from assets.resources import RosterlineResource
from pipelines.definitions import defs
from pipelines.health_checks import (
    HEALTH_CHECKS,
    REPEAT_SECONDS,
    import_fails_or_sticks,
    imports_come_through,
    is_news,
    judge_imports,
    judge_senders,
    senders_keep_sending,
)
from pipelines.jobs import import_files, nightly_import
from registry.accounts.accounts import add_account
from registry.ledger.night_report import Trouble
from registry.ledger.silent_senders import SilentSender
from registry.ledger.states import apply_attempt, finish_import, open_attempt
from tests.importing import put

pytestmark = [
    pytest.mark.dated,
    pytest.mark.filterwarnings("ignore:The `__fields__` attribute:DeprecationWarning"),
]

AT = datetime(2026, 11, 22, tzinfo=UTC)
FAILED = Trouble("a", "clinic", "failed", "not_csv", AT, "run", 1, lacks_result=False)
STUCK = Trouble("b", "clinic", "processing", None, AT, "run", 1, lacks_result=False)


@pytest.mark.parametrize(
    ("troubles", "passed", "severity"),
    [
        ([], True, "WARN"),
        ([FAILED], False, "WARN"),
        ([STUCK], False, "ERROR"),
        ([FAILED, STUCK], False, "ERROR"),
    ],
)
def test_files_that_fail_warn_and_imports_that_stick_are_errors(troubles, passed, severity):
    result = judge_imports(troubles)
    assert (result.passed, result.severity.value) == (passed, severity)
    assert result.metadata["failed in the last 24 hours"].value == troubles.count(FAILED)
    assert result.metadata["in processing for an hour"].value == troubles.count(STUCK)


def test_twenty_partitions_are_named_the_stuck_ones_first():
    named = judge_imports([FAILED] * 30 + [STUCK]).metadata["partitions"].value.split(", ")
    assert named == ["b"] + ["a"] * 19


@pytest.mark.parametrize(
    ("long", "passed", "severity"),
    [([], True, "WARN"), ([False], False, "WARN"), ([False, True], False, "ERROR")],
)
def test_senders_who_are_silent_warn_and_are_an_error_after_two_weeks(long, passed, severity):
    result = judge_senders(
        [SilentSender(f"clinic{n}", AT, is_long) for n, is_long in enumerate(long)]
    )
    assert (result.passed, result.severity.value) == (passed, severity)
    assert result.metadata["silent accounts"].value == len(long)
    named = result.metadata["accounts"].value
    assert named.startswith("clinic0 since 2026-11-22" if long else "none")


@pytest.mark.parametrize(
    ("cursor", "now", "news"),
    [
        (None, 0.0, True),
        ("no json", 0.0, True),
        ('{"verdict": "x", "at": 100}', 101.0, False),
        ('{"verdict": "x", "at": 100}', 100 + REPEAT_SECONDS, True),
        ('{"verdict": "y", "at": 100}', 101.0, True),
        # the database's clock was set back
        ('{"verdict": "x", "at": 100}', 50.0, True),
    ],
)
def test_a_verdict_is_reported_when_it_changes_and_once_an_hour(cursor, now, news):
    assert is_news("x", cursor, now) == news


@pytest.fixture
def home(database, tmp_path, monkeypatch):
    own = database.model_copy(update={"home": tmp_path / "home"})
    for name, value in own.as_environment().items():
        monkeypatch.setenv(name, value)
    return own


def tick(instance, cursor=None):
    context = dg.build_sensor_context(
        instance=instance, cursor=cursor, resources={"rosterline": RosterlineResource()}
    )
    return import_fails_or_sticks(context)


def verdicts(result):
    """Whether each check that the sensor reported passed, by its name."""
    return {each.check_name: each.passed for each in result.asset_events}


BOTH_PASS = {"imports_come_through": True, "senders_keep_sending": True}


def test_the_sensor_reports_the_checks_once_and_again_when_an_import_sticks(
    home, connection, tmp_path
):
    with dg.DagsterInstance.ephemeral() as instance:
        first = tick(instance)
        assets = {each.check_name: each.asset_key.to_user_string() for each in first.asset_events}
        assert assets == {
            "imports_come_through": "result_files", "senders_keep_sending": "landed_files",
        }  # fmt: skip
        assert verdicts(first) == BOTH_PASS
        second = tick(instance, first.cursor)
        assert (second.asset_events, bool(second.skip_reason)) == ([], True)

        # After a further result the UI would show the check as not evaluated.
        account = add_account(connection, "clinic", "ptdirect")
        done = put(home, connection, account, "y", folder=tmp_path)
        ago = datetime.now(UTC) - timedelta(minutes=1)
        attempt = open_attempt(connection, done.id, "run", again=False)
        apply_attempt(connection, attempt, 0, {})
        finish_import(connection, attempt, ago)
        connection.commit()
        third = tick(instance, first.cursor)
        assert verdicts(third) == BOTH_PASS
        assert tick(instance, third.cursor).asset_events == []

        imported = put(home, connection, account, "x", folder=tmp_path)
        open_attempt(connection, imported.id, "run", again=False)
        connection.execute(
            "UPDATE attempt SET started_at = %s WHERE finished_at IS NULL",
            (datetime.now(UTC) - timedelta(hours=2),),
        )
        connection.commit()
        verdict, _ = tick(instance, third.cursor).asset_events
        assert not verdict.passed
        assert verdict.severity == dg.AssetCheckSeverity.ERROR
        assert verdict.metadata["partitions"].value == imported.partition_key


@pytest.mark.usefixtures("home")
def test_a_person_can_run_a_check_at_any_time():
    for check in (imports_come_through, senders_keep_sending):
        assert check(rosterline=RosterlineResource()).passed


def test_no_import_waits_for_a_check_over_all_imports():
    for job in (import_files, nightly_import):
        layer = defs.resolve_job_def(job.name).asset_layer
        assert layer.asset_graph.asset_check_keys.isdisjoint(HEALTH_CHECKS)
