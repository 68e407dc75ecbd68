"""Nights, backfills and single stages as they look in Dagster's UI afterwards."""

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from assets.partitions import CLAIM_TAG
from pipelines.definitions import defs
from pipelines.jobs import STAGES, import_files
from registry.accounts.accounts import add_account
from registry.landing.receive import archived_path
from registry.ledger.claims import cancel, release, take_up
from registry.ledger.held_files import let_through
from registry.ledger.imports import get_import, list_attempts
from registry.ledger.members import list_members
from tests.archives import zipped
from tests.dagster_ui import dagster_ui
from tests.files import care, john, maria
from tests.importing import put

pytestmark = pytest.mark.slow
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def ui(tmp_path_factory):
    with dagster_ui(tmp_path_factory.mktemp("dagster")) as ui:
        yield ui


@pytest.fixture
def instance(ui):
    return ui.workspace.instance


@pytest.fixture
def receive(database, connection, tmp_path, monkeypatch, instance):
    """Receive a file of an account; returns its partition key."""
    for name, value in database.as_environment().items():
        monkeypatch.setenv(name, value)
    accounts, received = {}, []

    def receive(account, content):
        if account not in accounts:
            accounts[account] = add_account(connection, account, "thoroughcare")
            connection.commit()
        at = NOON + timedelta(minutes=len(received))
        imported = put(
            database, connection, accounts[account], content, folder=tmp_path, received_at=at
        )
        received.append(imported)
        instance.add_dynamic_partitions("imports", [imported.partition_key])
        return imported.partition_key

    return receive


@pytest.fixture
def night(instance):
    """A run as the schedule asks for one, over all these partitions."""

    def run(keys, chosen=STAGES, **tags):
        ends = {
            "dagster/asset_partition_range_start": keys[0],
            "dagster/asset_partition_range_end": keys[-1],
        }
        return defs.resolve_job_def(import_files.name).execute_in_process(
            instance=instance,
            tags={CLAIM_TAG: "true"} | ends | tags,
            asset_selection=[dg.AssetKey(name) for name in chosen],
            raise_on_error=False,
        )

    return run


def colours(ui, keys):
    return {stage: ui.colours(stage, keys) for stage in STAGES}


def attempts_over(connection, keys):
    return [len(list_attempts(connection, get_import(connection, key).id)) for key in keys]


def in_all(of_keys):
    return dict.fromkeys(STAGES, of_keys)


def in_all_but_the_last(of_keys, in_last):
    return in_all(of_keys) | {STAGES[-1]: in_last}


GREEN = ["green"] * 3
EMPTY = "the file has no bytes, or no text; export it again"
PASSED, FAILED = "SUCCEEDED", "FAILED"


def test_after_a_night_a_bad_file_is_red_where_it_failed_and_its_neighbours_are_green(
    ui, receive, night
):
    keys = [receive("north", care(maria())), receive("south", b""), receive("west", care(john()))]
    result = night(keys)
    assert colours(ui, keys) == in_all_but_the_last(["green", "red", "green"], GREEN)
    assert ui.over("result_files", "file_was_imported", keys) == [PASSED, FAILED, PASSED]
    for check in ui.verdicts("patients"):
        assert ui.over("patients", check, keys) == [PASSED, "-", PASSED]
    assert ui.verdicts("result_files")["file_was_imported"] == FAILED
    assert set(ui.verdicts("patients").values()) == {PASSED}
    said = ui.verdict("result_files", "file_was_imported", keys[1])
    assert said["account"] == "south"
    assert said["fault"] == "empty_file"
    assert said["reason"].endswith("export it again")
    status, error = ui.run(result.run_id)
    assert status == "FAILURE"
    assert error.split("\n\nStack Trace")[0].splitlines()[1:] == [
        f"- account south, partition {keys[1]}: empty_file, {EMPTY}"
    ]


def test_a_file_that_fails_in_matching_is_green_before_it_and_red_from_there_on(ui, receive, night):
    people = [maria(ehr=f"E-{n}", first=f"Ann{n}", last=f"Lee{n}") for n in range(30)]
    others = [john(ehr=f"E-{n}", first=f"Bob{n}", last=f"May{n}") for n in range(30)]
    keys = [receive("north", care(*people)), receive("north", care(*others))]
    night(keys)
    assert colours(ui, keys[1:]) == {
        "landed_files": ["green"],
        "staged_patients": ["green"],
        "matched_patients": ["red"],
        "patients": ["red"],
        "result_files": ["green"],
    }
    said = ui.verdict("result_files", "file_was_imported", keys[1])
    assert said["fault"] == "identities_changed"


def test_a_file_that_was_cancelled_meanwhile_is_not_red_though_the_run_failed(
    ui, receive, night, connection
):
    keys = [receive("north", care(maria())), receive("south", b""), receive("west", care(john()))]
    connection.execute("UPDATE import SET state = 'cancelled' WHERE partition_key = %s", [keys[0]])
    connection.commit()
    night(keys)
    assert [ui.colours(stage, keys)[0] for stage in STAGES] == ["grey"] * 5
    assert ui.colours("patients", keys) == ["grey", "red", "green"]
    assert ui.colours("landed_files", keys[:1]) == ["grey"]


def test_a_cancelled_attempt_is_no_failure_and_leaves_the_colours_of_the_one_before(
    ui, receive, night, connection
):
    key = receive("north", care(maria()))
    night([key])
    imported = get_import(connection, key)
    take_up(connection, key, "a run that was cut off", by_a_person=True)
    release(connection, imported)
    keys = [key, receive("south", b"")]
    cancelled = cancel(connection, imported, NOON, reason="its sender asked")
    assert cancelled
    night(keys)
    assert ui.colours("patients", keys) == ["green", "red"]
    assert ui.over("result_files", "file_was_imported", keys) == [PASSED, FAILED]


def test_what_an_earlier_run_imported_stays_green_though_a_later_run_of_it_failed(
    ui, receive, night
):
    first = receive("north", care(maria()))
    night([first])
    keys = [first, receive("south", b"")]
    night(keys)
    assert colours(ui, keys) == in_all_but_the_last(["green", "red"], ["green", "green"])
    assert ui.over("patients", "counts_reconcile", keys) == [PASSED, "-"]


def test_a_failed_file_stays_red_when_a_later_run_leaves_it_alone_and_succeeds(ui, receive, night):
    bad = receive("south", b"")
    night([bad])
    keys = [bad, receive("north", care(maria()))]
    assert night(keys).success
    assert colours(ui, keys) == in_all_but_the_last(["red", "green"], ["green", "green"])
    assert ui.over("result_files", "file_was_imported", keys) == [FAILED, PASSED]
    assert ui.verdicts("result_files")["file_was_imported"] == FAILED


def test_a_failed_check_stays_failed_whatever_is_imported_next_until_its_own_import_is_right(
    ui, receive, night, connection
):
    first = receive("north", care(maria(), john()))
    connection.execute(
        "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RETURN CASE WHEN NEW.line = 3 THEN NULL ELSE NEW END; END $$;"
        "CREATE TRIGGER lose BEFORE INSERT ON import_row FOR EACH ROW EXECUTE FUNCTION lose()"
    )
    connection.commit()
    try:
        night([first])
    finally:
        connection.execute("DROP TRIGGER lose ON import_row; DROP FUNCTION lose()")
        connection.commit()
    keys = [first, receive("south", care(maria()))]
    night(keys)
    check = "every_row_has_one_outcome"
    assert ui.over("patients", check, keys) == [FAILED, PASSED]
    assert ui.verdicts("patients")[check] == FAILED
    night([first], **{"dagster/parent_run_id": "a person's"})
    assert ui.over("patients", check, keys) == [PASSED, PASSED]
    assert ui.verdicts("patients")[check] == PASSED


@pytest.mark.parametrize("stage", STAGES[:4])
def test_a_refused_selection_leaves_colours_and_verdicts_as_they_were(
    ui, receive, night, connection, stage
):
    keys = [receive("north", care(maria())), receive("south", b""), receive("west", care(john()))]
    night(keys[:2])
    before = [colours(ui, keys), ui.verdicts("patients")]
    result = night(keys, [stage], **{"dagster/parent_run_id": "a person's"})
    assert [colours(ui, keys), ui.verdicts("patients")] == before
    status, error = ui.run(result.run_id)
    assert status == "FAILURE"
    assert f"{stage} cannot be materialised without the other stages" in error
    assert get_import(connection, keys[2]).state == "waiting"


@pytest.mark.filterwarnings("ignore:Function `AssetSelection.sources`:DeprecationWarning")
def test_a_backfill_of_three_with_one_broken_archive_leaves_the_neighbours_fine(
    ui, receive, night, connection, database
):
    keys = [
        receive("north", care(maria())),
        receive("north", care(john())),
        receive("north", care(maria(), john())),
    ]
    night(keys)
    archived_path(database, get_import(connection, keys[1]).sha256).unlink()
    status, (run_id,) = ui.backfill(STAGES, keys)
    assert status == "COMPLETED_FAILED"
    assert colours(ui, keys) == in_all(["green", "red", "green"])
    assert attempts_over(connection, keys) == [2, 2, 2]
    assert ui.over("result_files", "file_was_imported", keys) == [PASSED, FAILED, PASSED]
    said = ui.verdict("result_files", "file_was_imported", keys[1])
    assert (said["account"], said["fault"]) == ("north", "storage_unavailable")
    error = ui.run(run_id)[1]
    assert f"- account north, partition {keys[1]}: storage_unavailable" in error


def test_re_executing_a_failed_run_works_on_its_imports_once_more_as_a_person_asked(
    ui, receive, connection, database
):
    keys = [receive("north", care(maria())), receive("south", care(john()))]
    archived = archived_path(database, get_import(connection, keys[1]).sha256)
    kept = archived.read_bytes()
    archived.unlink()
    first = ui.launch(
        import_files.name,
        {
            CLAIM_TAG: "true",
            "dagster/asset_partition_range_start": keys[0],
            "dagster/asset_partition_range_end": keys[1],
        },
    )
    assert [ui.colours("patients", keys), ui.run(first)[0]] == [["green", "red"], "FAILURE"]
    archived.write_bytes(kept)
    again = ui.re_execute(first)
    assert ui.run(again) == ("SUCCESS", "")
    assert colours(ui, keys) == in_all(["green", "green"])
    assert ui.over("result_files", "file_was_imported", keys) == [PASSED, PASSED]
    assert attempts_over(connection, keys) == [2, 1]


def test_a_partition_is_stale_once_a_rule_has_changed_and_says_so(ui, receive, night):
    key = receive("north", care(maria()))
    night([key])
    for stage in STAGES:
        assert ui.stale(stage, key)["staleStatus"] == "FRESH", stage
    made = (
        ui.workspace.instance.fetch_materializations(
            dg.AssetRecordsFilter(asset_key=dg.AssetKey("staged_patients"), asset_partitions=[key]),
            limit=1,
        )
        .records[0]
        .asset_materialization
    )
    # As by an earlier release.
    ui.workspace.instance.report_runless_asset_event(
        dg.AssetMaterialization(
            "staged_patients", partition=key, tags={**made.tags, "dagster/code_version": "former"}
        )
    )
    found = ui.stale("staged_patients", key)
    assert found["staleStatus"] == "STALE"
    assert [cause["reason"] for cause in found["staleCauses"]] == ["has a new code version"]


def test_a_held_file_is_no_failure_and_goes_on_in_a_run_of_its_own_once_it_is_let_through(
    ui, receive, night, connection
):
    keys = [receive("north", care(maria())), receive("south", care(john()))]
    ((account_id,),) = connection.execute("SELECT id FROM account WHERE name = 'north'").fetchall()
    settings = '{"hold_above": {"rows": 30}}'
    connection.execute("UPDATE account SET settings = %s WHERE id = %s", (settings, account_id))
    for number in range(5):
        connection.execute(USUAL, {"account": account_id, "key": f"usual {number}"})
    connection.commit()
    result = night(keys)
    assert ui.run(result.run_id)[0] == "SUCCESS"
    held = colours(ui, keys)
    assert [held[stage][0] for stage in STAGES[:3]] == ["green"] * 3
    assert "red" not in {held[stage][0] for stage in STAGES}
    assert held["patients"][0] != "green"
    assert ui.over("matched_patients", "file_is_like_the_usual_ones", keys) == [FAILED, "-"]
    imported = get_import(connection, keys[0])
    assert (imported.state, imported.claims) == ("held", 0)
    night(keys[:1])
    assert get_import(connection, keys[0]).state == "held", "no run takes it up"
    let_through(connection, imported.id, "rita", NOON)
    connection.commit()
    assert ui.run(night(keys[:1]).run_id)[0] == "SUCCESS"
    assert colours(ui, keys) == in_all(["green"] * 2)
    assert attempts_over(connection, keys) == [1, 1]
    assert get_import(connection, keys[0]).state == "completed"


def test_an_archive_is_landed_and_its_rosters_are_partitions_of_their_own(
    ui, receive, night, connection, instance
):
    archive = zipped({"a.csv": care(maria()), "b.csv": care(john())})
    keys = [receive("north", archive), receive("south", care(john()))]
    assert ui.run(night(keys).run_id)[0] == "SUCCESS"
    shown = colours(ui, keys)
    assert shown["landed_files"] == ["green", "green"]
    assert {shown[stage][0] for stage in STAGES[1:]}.isdisjoint({"green", "red"})
    imported = get_import(connection, keys[0])
    members = [each.partition_key for each in list_members(connection, imported.id)]
    instance.add_dynamic_partitions("imports", members)
    assert ui.run(night(members).run_id)[0] == "SUCCESS"
    assert colours(ui, members) == in_all(["green"] * 2)
    night(keys[:1])
    assert get_import(connection, keys[0]).state == "unpacked", "no run takes it up"


USUAL = """
WITH usual AS (
    INSERT INTO import (
        id, account_id, format, source, file_name, sha256, byte_count, received_at, ordered_at,
        partition_key, state
    )
    VALUES (
        gen_random_uuid(), %(account)s, 'thoroughcare', 'sftp', 'x', 'x', 1,
        '2026-11-01 00:00+00', '2026-11-01 00:00+00', %(key)s, 'completed'
    )
    RETURNING id
)
INSERT INTO attempt (import_id, number, state, finished_at, records, errored)
SELECT id, 1, 'finished', '2026-11-01 00:00+00', 40, 0 FROM usual
"""
