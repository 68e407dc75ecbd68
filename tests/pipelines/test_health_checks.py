"""The checks over all imports: their verdicts, and when the sensor reports them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

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
    observe,
    senders_keep_sending,
)
from pipelines.jobs import import_files, nightly_import
from registry.accounts.accounts import add_account
from registry.ledger.night_report import Trouble
from registry.ledger.silent_senders import SilentSender
from registry.ledger.states import open_attempt
from schemas.issues import CODES
from tests.importing import put

pytestmark = [
    pytest.mark.dated,
    pytest.mark.filterwarnings("ignore:The `__fields__` attribute:DeprecationWarning"),
]

AT = datetime(2026, 11, 22, tzinfo=UTC)
ID = UUID(int=7)
FAILED = Trouble("a", "clinic", "failed", "not_csv", AT, "run", 1, lacks_result=False, import_id=ID)
STUCK = Trouble("b", "clinic", "processing", None, AT, "run", 1, lacks_result=False, import_id=ID)

HELD = Trouble(
    "c", "clinic", "held", None, AT, "run", 1, lacks_result=False, import_id=ID, reason="2 rows"
)


@pytest.mark.parametrize(
    ("troubles", "passed", "severity"),
    [
        ([], True, "WARN"),
        ([FAILED], False, "WARN"),
        ([STUCK], False, "ERROR"),
        ([HELD], False, "WARN"),
        ([FAILED, STUCK], False, "ERROR"),
    ],
)
def test_files_that_fail_warn_and_imports_that_stick_are_errors(troubles, passed, severity):
    result = judge_imports(troubles)
    assert (result.passed, result.severity.value) == (passed, severity)
    assert result.metadata["failed in the last 24 hours"].value == troubles.count(FAILED)
    assert result.metadata["stuck"].value == troubles.count(STUCK)
    assert result.metadata["held for a person"].value == troubles.count(HELD)


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
    with dg.build_sensor_context(
        instance=instance, cursor=cursor, resources={"rosterline": RosterlineResource()}
    ) as context:
        return import_fails_or_sticks(context)


def verdicts(result):
    """Whether each check that the sensor reported passed, by its name."""
    return {each.check_name: each.passed for each in checks(result)}


def checks(result):
    return [each for each in result.asset_events if isinstance(each, dg.AssetCheckEvaluation)]


BOTH_PASS = {"imports_come_through": True, "senders_keep_sending": True}


def test_the_sensor_reports_the_checks_once_and_again_when_an_import_sticks(
    home, connection, tmp_path
):
    with dg.DagsterInstance.ephemeral() as instance:
        first = tick(instance)
        assert {each.asset_key.to_user_string() for each in first.asset_events} == {"last_night"}
        assert verdicts(first) == BOTH_PASS
        second = tick(instance, first.cursor)
        assert (second.asset_events, bool(second.skip_reason)) == ([], True)

        account = add_account(connection, "clinic", "ptdirect")
        imported = put(home, connection, account, "x", folder=tmp_path)
        open_attempt(connection, imported.id, "run", again=False)
        connection.execute(
            "UPDATE attempt SET started_at = %s WHERE finished_at IS NULL",
            (datetime.now(UTC) - timedelta(hours=2),),
        )
        connection.commit()
        verdict, _ = checks(tick(instance, first.cursor))
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


def test_the_page_of_last_night_lists_account_partition_reason_and_remedy(database):
    shown = {name: each.value for name, each in observe([FAILED, STUCK], database).metadata.items()}
    assert shown["failed in the last 24 hours"] == shown["stuck"] == 1
    reason = f"not_csv, {CODES['not_csv'].meaning}; {CODES['not_csv'].remedy}"
    stuck = "processing for more than an hour; `rosterline give-up b` ends it"
    links = (
        "/assets/result_files?view=partitions&partition={}",
        "[run run](/runs/run)",
        f"[file in the portal]({database.api_url}/imports/{ID})",
    )
    assert shown["what needs a hand"].splitlines() == [
        f"- **clinic**: {said}. [{key}]({links[0].format(key)}), {links[1]}, {links[2]}, "
        "since 2026-11-22 00:00 UTC"
        for key, said in (("a", reason), ("b", stuck))
    ]


@pytest.mark.parametrize(
    ("change", "said", "way_out"),
    [
        ({"tries": 3}, "cut off 3 times", "`rosterline give-up b` ends it"),
        (
            {"tries": 8, "lacks_result": True, "state": "completed"},
            "everything is written but its result file after 8 tries",
            "materialise `result_files` of it once the folders can be written",
        ),
    ],
)
def test_the_page_of_last_night_says_how_an_import_is_stuck_and_what_ends_it(
    database, change, said, way_out
):
    (shown, *_) = observe([replace(STUCK, **change)], database).metadata.values()
    assert shown.value.startswith(f"- **clinic**: {said}; {way_out}. ")


def test_the_page_of_last_night_says_when_nothing_needs_a_hand(database):
    (table, *_) = observe([], database).metadata.values()
    assert table.value.startswith("Nothing")
