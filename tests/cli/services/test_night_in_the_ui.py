"""A night and the morning after it, as a person sees them and acts in Dagster's UI.

Everything that `rosterline up` starts is there: webserver, daemon, code servers, intake. Whatever a
person does goes through the webserver's GraphQL. Only what happened before is arranged: files that
came yesterday, and a midnight for which the daemon was away.

One test for all steps, which build on each other: the services take longer to start than a step.
"""

import time
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from assets.imports.work import ALL_CHECKS
from cli.services import background
from pipelines.jobs import STAGES
from pipelines.process_environment import dagster_environment
from pipelines.run_requests import PARTITION_TAG
from pipelines.schedules import schedule_name
from registry.accounts.accounts import add_account
from registry.database.account_lock import lock_account
from registry.database.connections import connect, dagster_url, plain_url
from registry.landing.drop_folder import PENDING, RESULTS, account_folder, ensure_folders
from registry.landing.receive import archived_path
from registry.ledger.due_imports import last_midnight
from registry.ledger.imports import get_import, list_attempts, list_imports
from registry.migrations import migrate
from registry.processes import read_pid_file
from registry.tables.all_tables import metadata
from tests.cli.homes import home_for_services, rosterline
from tests.dagster_ui import UiOfServices
from tests.files import care, john, maria, tree
from tests.importing import put
from tests.partition_keys import add_older_keys

UNDER_WAY = ["QUEUED", "NOT_STARTED", "STARTING", "STARTED", "CANCELING"]
JOBS_OF_STAGES = ("import_files", "nightly_import", "__ASSET_JOB")
ARRIVALS, LEFT_OVER = "waiting_file_found", "nightly_file_left_over"
ACCOUNTS = {
    "london": "Europe/London",
    "tokyo": "Asia/Tokyo",
    "osaka": "Asia/Tokyo",
    "boston": "America/New_York",
    "albany": "America/New_York",
    "walk-in": None,
}
"""The zone of each nightly account; None for one whose files are imported on arrival."""

PASSED, FAILED = "SUCCEEDED", "FAILED"
CHECKS = [(key.asset_key.to_user_string(), key.name) for key in ALL_CHECKS]
NO_VERDICT = {check: "-" for _, check in CHECKS}
ABSENT, GREY, RED, GREEN = (
    dict.fromkeys(STAGES, colour) for colour in ("absent", "grey", "red", "green")
)
RIGHT = GREEN | {check: PASSED for _, check in CHECKS}
RIGHT |= {"file_is_like_the_usual_ones": "-"}  # none of these accounts holds files
UNREADABLE = RED | NO_VERDICT | {"result_files": "green", "file_was_imported": FAILED}
UNREADABLE |= {"result_has_a_line_per_row": PASSED}
OF_OTHERS = [maria(ehr=f"E-{n}", first=f"Ann{n}", last=f"Lee{n}") for n in range(30)]
OF_STRANGERS = [john(ehr=f"E-{n}", first=f"Bob{n}", last=f"May{n}") for n in range(30)]


class Installation:
    """Accounts and services of a home, and the UI over them."""

    def __init__(self, settings, connection, folder):
        self.settings, self.connection, self.folder = settings, connection, folder
        self.ui = UiOfServices(settings)
        self.accounts = {
            name: add_account(
                connection, name, "thoroughcare", zone or "UTC",
                "nightly" if zone else "on_arrival",
            )
            for name, zone in ACCOUNTS.items()
        }  # fmt: skip
        connection.commit()
        for account in self.accounts.values():
            ensure_folders(settings, account)
        connection.autocommit = True

    def came_yesterday(self, name, content):
        """Receive a file three hours before the last midnight of its account; its key."""
        account = self.accounts[name]
        at = last_midnight(datetime.now(UTC), account.zone) - timedelta(hours=3)
        at += timedelta(minutes=len(list_imports(self.connection)))
        received = put(
            self.settings, self.connection, account, content, folder=self.folder, received_at=at
        )
        return received.partition_key

    def drop(self, name, file, content):
        """Put a file into the account's folder, and wait until intake has it; its key."""
        account = self.accounts[name]
        before = {each.id for each in list_imports(self.connection, account_id=account.id)}
        (account_folder(self.settings, account) / PENDING / file).write_text(content)

        def entered():
            found = list_imports(self.connection, account_id=account.id)
            return [each for each in found if each.id not in before]

        (imported,) = self.ui.until(entered)
        return imported.partition_key

    def results(self, name):
        """The texts of the results that the account's sender can fetch."""
        folder = account_folder(self.settings, self.accounts[name]) / RESULTS
        return [path.read_text() for path in sorted(folder.iterdir())]

    def states(self, *keys):
        return [get_import(self.connection, key).state for key in keys]

    def attempts(self, key):
        return len(list_attempts(self.connection, get_import(self.connection, key).id))

    def runs(self):
        """Runs of the stages, the newest first."""
        return [run for run in self.ui.runs() if run["jobName"] in JOBS_OF_STAGES]

    def until_over(self, *keys):
        """Wait for the end of these imports, and of all runs of imports."""

        def over():
            busy = {*self.states(*keys)} & {"waiting", "processing"}
            under_way = self.ui.runs(statuses=UNDER_WAY)
            return not busy and not [r for r in under_way if r["jobName"] in JOBS_OF_STAGES]

        self.ui.until(over)

    def until_looked(self, *sensors):
        """Wait until each of these sensors has looked twice from now on."""
        since = time.time()

        def looked():
            return all(
                sum(tick["timestamp"] > since for tick in self.ui.automation(each)["ticks"]) >= 2
                for each in sensors
            )

        self.ui.until(looked)

    def seen(self, *keys):
        """For each partition the colour of each asset, and the newest verdict of each check."""
        colours = {stage: self.ui.colours(stage, keys) for stage in STAGES}
        return [
            {
                **{stage: colours[stage][place] for stage in STAGES},
                **{check: self.ui.verdict(asset, check, key)["status"] for asset, check in CHECKS},
            }
            for place, key in enumerate(keys)
        ]

    def everything(self):
        """All rows of the registry, and all files of the home but logs and Dagster's own."""
        rows = {
            table.name: self.connection.execute(
                f'SELECT each::text FROM "{table.name}" each ORDER BY 1'
            ).fetchall()
            for table in metadata.sorted_tables
        }
        others = {self.settings.dagster_dir, self.settings.log_dir, self.settings.postgres_dir}
        folders = [each for each in self.settings.home.iterdir() if each.is_dir()]
        return rows, {each.name: tree(each) for each in folders if each not in others}

    def let_midnight_pass(self):
        """Let the daemon come back after a day: it makes up for the midnights that it missed."""
        with psycopg.connect(plain_url(dagster_url(self.settings))) as dagster:
            dagster.execute(
                "UPDATE instigators SET instigator_body = jsonb_set(jsonb_set("
                " instigator_body::jsonb, '{job_specific_data,start_timestamp}', to_jsonb(%s)),"
                " '{job_specific_data,last_iteration_timestamp}', 'null')::text"
                " WHERE instigator_type = 'SCHEDULE' AND instigator_body LIKE %s",
                (time.time() - 24 * 3600, '%"nightly_import_%'),
            )
        before = read_pid_file(background.pid_file(self.settings, "daemon"))
        before.kill()


def a_stopped_schedule_and_a_stopped_sensor_import_nothing(night):
    ui = night.ui
    ui.stop(schedule_name("Europe/London"), is_schedule=True)
    ui.stop(ARRIVALS)
    night.nightly = night.came_yesterday("london", care(maria()))
    night.arrived = night.drop("walk-in", "arrived.csv", care(john()))
    night.until_looked(LEFT_OVER, "interrupted_import_found")
    ticks = [each for each in ui.automation(LEFT_OVER)["ticks"] if each["endTimestamp"]]
    assert ticks[0]["skipReason"] == (
        "no nightly file is left over; the schedules of Europe/London are stopped"
    )
    assert night.states(night.nightly, night.arrived) == ["waiting", "waiting"]
    assert night.seen(night.nightly, night.arrived) == [ABSENT | NO_VERDICT] * 2
    assert night.runs() == []


def a_preview_of_a_tick_shows_what_it_would_ask_for_and_changes_nothing(night):
    ui, before = night.ui, night.everything()
    midnight = last_midnight(datetime.now(UTC), night.accounts["london"].zone)
    schedule = ui.preview(schedule_name("Europe/London"), at=midnight.timestamp())
    sensor = ui.preview(ARRIVALS)
    assert [asked(schedule), asked(sensor)] == [[night.nightly], [night.arrived]]
    assert ui.preview(LEFT_OVER)["runRequests"] == []
    for each in ("interrupted_import_found", "terminated_run_found"):
        assert ui.preview(each)["runRequests"] == []
    assert night.everything() == before
    night.until_looked(LEFT_OVER, "interrupted_import_found")
    assert night.everything() == before
    # The preview of a schedule adds the partitions that its runs would have, as its tick does.
    expected = [GREY | NO_VERDICT, ABSENT | NO_VERDICT]
    assert night.seen(night.nightly, night.arrived) == expected
    assert night.runs() == []


def asked(previewed):
    tags = [{tag["key"]: tag["value"] for tag in each["tags"]} for each in previewed["runRequests"]]
    return [each[PARTITION_TAG] for each in tags]


def a_stage_alone_is_refused_and_keeps_no_file_waiting(night):
    run_id = night.ui.launch("__ASSET_JOB", {PARTITION_TAG: night.nightly}, ["landed_files"])
    status, error = night.ui.run(run_id)
    assert status == "FAILURE"
    assert "landed_files cannot be materialised without the other stages" in error
    assert night.seen(night.nightly) == [GREY | NO_VERDICT]
    assert night.states(night.nightly) == ["waiting"]


def what_is_started_again_imports_what_waited(night):
    night.ui.start(schedule_name("Europe/London"), is_schedule=True)
    night.ui.start(ARRIVALS)
    night.until_over(night.nightly, night.arrived)
    assert night.states(night.nightly, night.arrived) == ["completed", "completed"]
    assert night.seen(night.nightly, night.arrived) == [RIGHT, RIGHT]


def a_bad_file_of_a_night_is_red_where_it_failed_and_its_neighbours_are_green(night):
    ui = night.ui
    ui.stop(LEFT_OVER)
    good = night.came_yesterday("tokyo", care(maria(), john(born="1950-02-30")))
    empty = night.came_yesterday("osaka", b"")
    night.week = [
        night.came_yesterday("boston", care(maria())),
        night.came_yesterday("boston", care(john())),
        night.came_yesterday("boston", care(maria(), john())),
    ]
    first = night.came_yesterday("albany", care(*OF_OTHERS))
    swapped = night.came_yesterday("albany", care(*OF_STRANGERS))
    night.failed = {"osaka": empty, "albany": swapped}
    night.let_midnight_pass()
    keys = [good, *night.week, first, empty, swapped]
    night.until_over(*keys)
    assert night.states(*keys) == ["completed"] * 5 + ["failed"] * 2
    *neighbours, of_empty, of_swapped = night.seen(*keys)
    assert neighbours == [RIGHT] * 5
    assert of_empty == UNREADABLE
    assert of_swapped == UNREADABLE | {
        "landed_files": "green",
        "staged_patients": "green",
        "staged_rows_keep_the_contract": PASSED,
    }
    for zone, (account, failed, code) in {
        "Asia/Tokyo": ("osaka", empty, "empty_file"),
        "America/New_York": ("albany", swapped, "identities_changed"),
    }.items():
        tick = ui.automation(schedule_name(zone))["ticks"][0]
        assert tick["status"] == "SUCCESS"
        (run_id,) = tick["runIds"]
        status, error = ui.run(run_id)
        assert status == "FAILURE"
        lines = error.split("\n\nStack Trace")[0].splitlines()[1:]
        assert len(lines) == 1
        assert lines[0].startswith(f"- account {account}, partition {failed}: {code}, ")
    assert ui.verdict("result_files", "file_was_imported", empty)["fault"] == "empty_file"
    ui.start(LEFT_OVER)


def a_stage_alone_replaces_no_figures_and_a_result_alone_is_made_again(night):
    key = night.week[0]
    made = {stage: night.ui.made(stage, key) for stage in STAGES}
    alone = night.ui.launch("__ASSET_JOB", {PARTITION_TAG: key}, ["staged_patients"])
    assert night.ui.run(alone)[0] == "FAILURE"
    assert {stage: night.ui.made(stage, key) for stage in STAGES} == made
    results = night.results("boston")
    again = night.ui.launch("__ASSET_JOB", {PARTITION_TAG: key}, ["result_files"])
    assert night.ui.run(again)[0] == "SUCCESS"
    assert night.ui.made("result_files", key)["runId"] == again
    assert night.results("boston") == results
    assert night.seen(key) == [RIGHT]
    assert night.attempts(key) == 1


def a_terminated_run_leaves_its_import_cancelled_and_the_next_file_goes_on(night):
    ui, account = night.ui, night.accounts["walk-in"]
    with connect(night.settings) as writer:
        # As a person's change of the account's patients does for a moment.
        lock_account(writer, account.id)
        cut_off = night.drop("walk-in", "cut-off.csv", care(john(city="Portland")))
        run_id = ui.until(lambda: ui.made("matched_patients", cut_off))["runId"]
        later = night.drop("walk-in", "later.csv", care(john(city="Augusta")))
        ui.terminate(run_id)
        assert ui.until_over(run_id) == "CANCELED"
    night.until_over(cut_off, later)
    night.until_looked("terminated_run_found", "interrupted_import_found", ARRIVALS)
    assert night.states(cut_off, later) == ["cancelled", "completed"]
    assert [run["runId"] for run in night.runs() if of(run, cut_off)] == [run_id]
    assert "terminated in Dagster" in "\n".join(night.results("walk-in"))
    assert night.seen(cut_off, later) == [
        GREEN | NO_VERDICT | {"patients": "grey", "staged_rows_keep_the_contract": PASSED},
        RIGHT,
    ]


def of(run, key):
    return run["tags"].get(PARTITION_TAG) == key


def a_backfill_with_one_broken_archive_is_right_for_the_other_two(night):
    # It would go on with the broken one by itself after a minute.
    night.ui.stop("interrupted_import_found")
    broken = archived_path(night.settings, get_import(night.connection, night.week[1]).sha256)
    kept = broken.read_bytes()
    broken.unlink()
    status, runs = night.ui.backfill(STAGES, night.week)
    broken.write_bytes(kept)
    assert status == "COMPLETED_FAILED"
    night.failed_runs = [run_id for run_id in runs if night.ui.run(run_id)[0] == "FAILURE"]
    (run_id,) = night.failed_runs
    assert (
        f"account boston, partition {night.week[1]}: storage_unavailable" in night.ui.run(run_id)[1]
    )
    first, second, third = night.seen(*night.week)
    assert [first, third] == [RIGHT, RIGHT]
    assert {stage: second[stage] for stage in STAGES} == RED
    assert second["file_was_imported"] == FAILED
    said = night.ui.verdict("result_files", "file_was_imported", night.week[1])
    assert (said["account"], said["fault"]) == ("boston", "storage_unavailable")
    assert [night.attempts(key) for key in night.week] == [2, 2, 2]


def a_failed_run_that_is_executed_again_makes_its_partitions_right(night):
    again = night.ui.re_execute(night.failed_runs[0])
    assert night.ui.run(again) == ("SUCCESS", "")
    assert night.seen(*night.week) == [RIGHT] * 3
    assert night.states(*night.week) == ["completed"] * 3
    night.ui.start("interrupted_import_found")


def the_morning_shows_what_failed_in_the_night_and_nothing_else(night):
    def told():
        entries = night.ui.observed("last_night").get("what needs a hand", "").splitlines()
        return entries if len(entries) == len(night.failed) else None

    entries = night.ui.until(told)
    for account, key in night.failed.items():
        (entry,) = [each for each in entries if f"[{key}](" in each]
        assert entry.startswith(f"- **{account}**: ")
    assert night.ui.verdicts("last_night")["imports_come_through"] == FAILED
    assert night.ui.verdicts("result_files") == {
        "file_was_imported": FAILED, "result_has_a_line_per_row": PASSED,
    }  # fmt: skip
    for asset in ("staged_patients", "patients"):
        assert set(night.ui.verdicts(asset).values()) == {PASSED}


def what_was_there_before_is_as_it_was(night):
    for stage in STAGES:
        assert set(night.ui.colours(stage, night.older)) == {"green"}, stage


STEPS = (
    a_stopped_schedule_and_a_stopped_sensor_import_nothing,
    a_preview_of_a_tick_shows_what_it_would_ask_for_and_changes_nothing,
    a_stage_alone_is_refused_and_keeps_no_file_waiting,
    what_is_started_again_imports_what_waited,
    a_bad_file_of_a_night_is_red_where_it_failed_and_its_neighbours_are_green,
    a_stage_alone_replaces_no_figures_and_a_result_alone_is_made_again,
    a_terminated_run_leaves_its_import_cancelled_and_the_next_file_goes_on,
    a_backfill_with_one_broken_archive_is_right_for_the_other_two,
    a_failed_run_that_is_executed_again_makes_its_partitions_right,
    the_morning_shows_what_failed_in_the_night_and_nothing_else,
)


@pytest.mark.slow
@pytest.mark.parametrize("older", [0, pytest.param(200_000, marks=pytest.mark.large)])
def test_what_the_ui_shows_is_what_happened(older, tmp_path, subtests):
    with home_for_services(drop_quiet_seconds=0.5) as settings:
        migrate(settings)
        with connect(settings) as connection:
            night = Installation(settings, connection, tmp_path)
            rosterline(settings, "up")
            night.older = add_older_keys(dagster_environment(settings), older, older)
            # A process for each import, half of all, which this test does not look at.
            night.ui.stop("potential_duplicates_due")
            for step in (*STEPS, *([what_was_there_before_is_as_it_was] if older else [])):
                with subtests.test(step.__name__):
                    step(night)
