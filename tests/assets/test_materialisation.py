"""Real runs over several imports: the metadata of each, and checks that fail."""

import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid5

import dagster as dg
import pytest

from assets.materialisation import report_metadata
from assets.partitions import CLAIM_TAG
from pipelines.definitions import defs
from pipelines.jobs import STAGES, import_files
from registry.accounts.accounts import add_account, add_facility
from registry.landing.receive import archived_path
from registry.ledger.imports import get_import, list_attempts
from tests.files import METRIPORT_HEADER, METRIPORT_ROW, PTDIRECT_ROW, care, john, maria, tree
from tests.importing import process, put

pytestmark = pytest.mark.slow
EMPTY = "the file has no bytes, or no text; export it again"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def instance(tmp_path):
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        yield instance


@pytest.fixture
def receive(database, connection, tmp_path, monkeypatch):
    """Receive files of one account; the process's environment is that of the test's settings."""
    for name, value in database.as_environment().items():
        monkeypatch.setenv(name, value)

    def receive(*contents, format_name="thoroughcare"):
        account = add_account(connection, f"clinic-{format_name}", format_name)
        if format_name == "metriport":
            add_facility(connection, account, "North")
        connection.commit()
        return [
            put(database, connection, account, content, folder=tmp_path,
                received_at=NOON + timedelta(minutes=minute))
            for minute, content in enumerate(contents)
        ]  # fmt: skip

    return receive


def run(instance, imports, selection=STAGES, **tags):
    keys = [imported.partition_key for imported in imports]
    instance.add_dynamic_partitions("imports", keys)
    tags |= {
        "dagster/asset_partition_range_start": keys[0],
        "dagster/asset_partition_range_end": keys[-1],
    }
    job = defs.resolve_job_def(import_files.name)
    return job.execute_in_process(
        instance=instance,
        tags=tags,
        asset_selection=[dg.AssetKey(name) for name in selection],
        raise_on_error=False,
    )


def claimed(instance, imports, selection=STAGES):
    """A run as the sensor starts one."""
    return run(instance, imports, selection, **{CLAIM_TAG: "true"})


def shown(result, asset):
    """Metadata of an asset's materialisations, by partition."""
    return {
        event.partition: {name: value.value for name, value in event.metadata.items()}
        for event in made_by(result)
        if event.asset_key.to_user_string() == asset
    }


def made_by(result):
    """The materialisations of a run, in their order."""
    return [
        event.step_materialization_data.materialization
        for event in result.all_events
        if event.is_step_materialization
    ]


def failed_checks(result):
    """The partitions of failed verdicts, by check."""
    failed = {}
    for each in result.get_asset_check_evaluations():
        if not each.passed:
            failed.setdefault(each.check_name, []).append(each.partition)
    return failed


def published_events(database, imported):
    """Types of the OpenLineage events about an import's only attempt, in their order."""
    run_id = str(uuid5(imported.id, "attempt 1"))
    events = [
        json.loads(line)
        for path in sorted(database.lineage_dir.iterdir())
        for line in path.read_text().splitlines()
    ]
    return [each["eventType"] for each in events if each["run"]["runId"] == run_id]


def keys_of(*imports):
    return [imported.partition_key for imported in imports]


def test_each_partition_of_a_run_gets_the_metadata_of_its_own_import(instance, receive, database):
    imports = receive(care(maria(), john()), care(maria(city="Rome")), care(maria()))
    result = claimed(instance, imports)
    assert result.success
    for name in STAGES:
        of_asset = shown(result, name)
        assert set(of_asset) == {imported.partition_key for imported in imports}
        for imported in imports:
            of_import = of_asset[imported.partition_key]
            assert of_import["import"] == str(imported.id)
            assert of_import["portal"] == f"{database.api_url}/imports/{imported.id}"
            assert of_import["seconds"] > 0
            assert of_import["sha256"] == imported.sha256
            assert of_import["rows per second"] > 0, name
    assert {each["issues by code"] for each in shown(result, "staged_patients").values()} == {
        "none"
    }
    rows = shown(result, "landed_files")
    assert [rows[imported.partition_key]["rows"] for imported in imports] == [2, 1, 1]
    counts = shown(result, "patients")
    assert [counts[i.partition_key]["created"] for i in imports] == [2, 0, 0]
    assert [counts[i.partition_key]["updated"] for i in imports] == [0, 1, 0]
    assert [counts[i.partition_key]["unchanged"] for i in imports] == [0, 0, 1]
    assert failed_checks(result) == {}
    verdicts = result.get_asset_check_evaluations()
    assert len(verdicts) == 7 * 3
    assert {each.partition for each in verdicts} == set(keys_of(*imports))


def test_each_stage_says_how_many_rows_it_has_and_where_they_are(receive, connection, database):
    (imported,) = receive(care(maria(), john()))
    reports = process(database, connection, imported).reports
    shown = {stage: report_metadata(report) for stage, report in reports.items()}
    assert {stage: each["dagster/row_count"] for stage, each in shown.items()} == dict.fromkeys(
        STAGES, 2
    )
    assert {
        stage: each["dagster/uri"] for stage, each in shown.items() if "dagster/uri" in each
    } == {
        "landed_files": archived_path(database, imported.sha256).as_uri(),
        "result_files": (database.results_dir / imported.partition_key).as_uri(),
    }
    staging = dg.MetadataValue.path(str(reports["landed_files"].work.staging_path))
    label = "staging file, until the result is written"
    assert {stage: each.get(label) for stage, each in shown.items()} == {
        **dict.fromkeys(STAGES, None), **dict.fromkeys(STAGES[:3], staging),
    }  # fmt: skip


WALKS = {
    # a field of the registry, and the sender's columns that it comes from
    "thoroughcare": (
        care(maria(city="Rome", phone="212-555-0123")),
        {
            "first_name": {"Patient First Name"},
            "birth_year": {"Patient Birthday"},
            "address.city": {"City"},
            "identifier.value": {"EHR ID"},
            "contact.value": {"Home Phone"},
        },
    ),
    "metriport": (
        f"{METRIPORT_HEADER}\n{METRIPORT_ROW}\n",
        {"first_name": {"firstName"}, "address.postal_code": {"zip"}, "gender": {"gender"}},
    ),
    "ptdirect": (
        f"{PTDIRECT_ROW}\n",
        {"birth_year": {"Year of birth"}, "identifier.value": {"Internal_id"}},
    ),
}


@pytest.mark.parametrize("format_name", WALKS)
def test_a_field_of_the_registry_leads_back_to_the_senders_columns(instance, receive, format_name):
    content, walks = WALKS[format_name]
    result = claimed(instance, receive(content, format_name=format_name))
    deps, columns = {}, {}
    for asset in STAGES[:4]:
        ((_, metadata),) = shown(result, asset).items()
        columns[asset] = {
            each.name: each.description for each in metadata["dagster/column_schema"].columns
        }
        deps[asset] = metadata["dagster/column_lineage"].deps_by_column
    for field, expected in walks.items():
        found = {("patients", field)}
        for _ in STAGES[:3]:
            assert all(name in columns[asset] for asset, name in found), found
            found = {
                (dep.asset_key.to_user_string(), dep.column_name)
                for asset, name in found
                for dep in deps[asset][name]
            }
        assert found == {("landed_files", name) for name in expected}
        assert expected <= columns["landed_files"].keys()
        assert columns["patients"][field].endswith(f". From matched_patients: {field}")


def test_a_bad_file_among_good_ones_fails_the_run_and_the_others_go_on(
    instance, receive, connection
):
    imports = receive(care(maria()), b"", care(john()))
    result = claimed(instance, imports)
    assert not result.success
    states = [get_import(connection, each.partition_key).state for each in imports]
    assert states == ["completed", "failed", "completed"]
    of_bad = shown(result, "result_files")[imports[1].partition_key]
    assert of_bad["fault"] == "empty_file"
    made = {name: set(shown(result, name)) for name in STAGES}
    good = set(keys_of(imports[0], imports[2]))
    assert made == {**dict.fromkeys(STAGES[:4], good), "result_files": set(keys_of(*imports))}


def test_the_failure_names_account_partition_and_reason_of_each_file(instance, receive):
    imports = receive(care(maria()), b"", care(john()))
    result = claimed(instance, imports)
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    said = failure.step_failure_data.user_failure_data
    assert said.description.splitlines() == [
        "1 of 3 files could not be imported.",
        f"- account clinic-thoroughcare, partition {imports[1].partition_key}: empty_file, {EMPTY}",
    ]
    assert {key: value.value for key, value in said.metadata.items()} == {
        imports[1].partition_key: "clinic-thoroughcare: empty_file"
    }


def test_each_import_is_matched_after_its_predecessors_were_applied(instance, receive):
    imports = receive(care(maria()), care(maria(), john()), care(john()))
    to_be = shown(claimed(instance, imports), "matched_patients")
    created = [to_be[key].get("to be created", 0) for key in keys_of(*imports)]
    assert created == [1, 1, 0]


def test_the_events_of_an_import_come_before_those_of_the_next(instance, receive):
    imports = receive(care(maria()), care(john()))
    result = claimed(instance, imports)
    order = [event.partition for event in made_by(result)]
    assert order == [key for key in keys_of(*imports) for _ in STAGES]


@pytest.mark.parametrize("chosen", [STAGES[:1], STAGES[3:4], STAGES[:4], STAGES[3:]])
def test_a_selection_that_would_leave_an_import_half_done_is_refused(
    instance, receive, connection, chosen
):
    imports = receive(care(maria()))
    result = run(instance, imports, chosen)
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    said = failure.step_failure_data.user_failure_data.description
    assert said.startswith(" and ".join(chosen))
    assert "Nothing was changed. Select landed_files, staged_patients" in said
    assert get_import(connection, imports[0].partition_key).state == "waiting"
    assert list_attempts(connection, imports[0].id) == []


def test_result_files_alone_makes_the_same_file_again_and_nothing_else(
    instance, receive, connection, database
):
    imports = receive(care(maria(), john()))
    claimed(instance, imports)
    folder = database.results_dir / imports[0].partition_key
    before, published = tree(folder), published_events(database, imports[0])
    for file in folder.iterdir():
        file.unlink()
    again = run(instance, imports, STAGES[4:])
    assert again.success
    assert tree(folder) == before
    assert published_events(database, imports[0]) == published * 2 == ["START", "COMPLETE"] * 2
    assert len(list_attempts(connection, imports[0].id)) == 1
    assert set(shown(again, "result_files")) == set(keys_of(*imports))
    assert shown(again, "patients") == {}


def test_a_missing_archive_neither_fails_nor_skips_the_neighbours_of_a_backfill(
    instance, receive, connection, database
):
    imports = receive(care(maria()), care(john()), care(maria(), john()))
    archived_path(database, imports[1].sha256).unlink()
    result = run(instance, imports)
    states = [get_import(connection, key).state for key in keys_of(*imports)]
    assert states == ["completed", "processing", "completed"]
    assert failed_checks(result) == {"file_was_imported": keys_of(imports[1])}
    assert [event.partition for event in made_by(result)] == [
        key for key in keys_of(imports[0], imports[2]) for _ in STAGES
    ]
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert "storage_unavailable" in failure.step_failure_data.user_failure_data.description


def test_a_claimed_run_leaves_imports_alone_that_are_over(instance, receive, connection):
    imports = receive(care(maria()))
    claimed(instance, imports)
    assert claimed(instance, imports).success
    assert len(list_attempts(connection, imports[0].id)) == 1


def test_any_other_run_opens_a_further_attempt(instance, receive, connection):
    imports = receive(care(maria()), care(john()))
    claimed(instance, imports)
    again = run(instance, imports)
    assert [len(list_attempts(connection, each.id)) for each in imports] == [2, 2]
    counts = shown(again, "patients")
    assert [counts[each.partition_key]["unchanged"] for each in imports] == [1, 1]


def test_a_claimed_run_that_a_person_re_executes_opens_a_further_attempt(
    instance, receive, connection
):
    imports = receive(care(maria()), "")
    first = claimed(instance, imports)
    parent = {"dagster/parent_run_id": first.run_id, "dagster/root_run_id": first.run_id}
    run(instance, imports, **instance.get_run_by_id(first.run_id).tags, **parent)
    assert [len(list_attempts(connection, each.id)) for each in imports] == [2, 2]


@contextmanager
def lost(connection, table, condition):
    """A database that silently loses rows of `table`."""
    connection.execute(
        f"CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RETURN CASE WHEN {condition} THEN NULL ELSE NEW END; END $$;"
        f"CREATE TRIGGER lose BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION lose()"
    )
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(f"DROP TRIGGER lose ON {table}; DROP FUNCTION lose()")
        connection.commit()


def test_a_row_without_outcome_fails_its_check(instance, receive, connection):
    imports = receive(care(maria(), john()), care(maria()))
    with lost(connection, "import_row", "NEW.line = 3"):
        result = claimed(instance, imports)
    assert failed_checks(result)["every_row_has_one_outcome"] == keys_of(imports[0])


def test_a_patient_that_did_not_arrive_fails_counts_and_leaves_orphans(
    instance, receive, connection
):
    imports = receive(care(maria(), john()), care(maria()))
    with lost(connection, "patient", "NEW.first_name = 'John'"):
        result = claimed(instance, imports)
    first = keys_of(imports[0])
    assert failed_checks(result) == {"counts_reconcile": first, "no_orphans": first}


def test_a_result_without_a_line_for_every_row_fails_its_check(instance, receive, connection):
    imports = receive(care(maria(), john()), care(maria()))
    claimed(instance, imports)
    connection.execute("DELETE FROM import_row WHERE import_id = %s AND line = 2", (imports[0].id,))
    connection.commit()
    assert failed_checks(run(instance, imports, STAGES[4:])) == {
        "result_has_a_line_per_row": keys_of(imports[0])
    }


def test_issues_are_shown_by_the_formats_columns_and_not_the_files(instance, receive):
    strange = care(maria(born="soon", notes="a\0b")).replace("Notes", "Ada Smith")
    result = claimed(instance, receive(strange))
    (of_import,) = shown(result, "staged_patients").values()
    issues = of_import["issues by code"]
    assert "| not_a_date | error | Patient Birthday | 1 | 2 |" in issues
    assert "| nul_character | error | another column | 1 | 2 |" in issues
    assert "Ada" not in issues


def test_more_errors_than_usual_warn(instance, receive):
    good = [care(maria(), john())] * 3
    imports = receive(*good, care(maria(born="soon"), john()))
    result = claimed(instance, imports)
    assert failed_checks(result) == {"errored_share_is_usual": keys_of(imports[3])}


def test_what_is_usual_is_what_was_before_an_import_and_not_after_it(instance, receive):
    bad, good = care(maria(born="soon"), john()), care(maria(), john())
    imports = receive(good, bad, bad, bad)
    claimed(instance, imports)
    again = run(instance, imports[1:2])
    assert failed_checks(again) == {"errored_share_is_usual": keys_of(imports[1])}


def test_values_that_change_and_values_that_are_kept_are_counted_by_field(instance, receive):
    imports = receive(care(maria(phone="2125550101")), care(maria(phone="2125550102")))
    claimed(instance, imports)
    old, new = shown(run(instance, imports), "matched_patients").values()
    assert (old["values to change"], old["values kept"], new["values kept"]) == (0, 1, 0)
    assert "| contact.value | 0 | 1 |" in old["values by field"]
    assert "0101" not in str(old)


def test_a_staged_value_that_breaks_the_contract_is_counted(receive, database, connection):
    import duckdb

    from assets.staged_patients.judge import broken_clauses
    from schemas.catalogue import get_format
    from schemas.rules import Circumstances

    imports = receive(care(maria(phone="212-555-0123")))
    process(database, connection, imports[0], stages=STAGES[:2])
    terms = get_format("thoroughcare"), Circumstances(NOON.date())
    path = database.staging_dir / f"{imports[0].partition_key}.duckdb"
    with duckdb.connect(str(path)) as staging:
        assert broken_clauses(staging, *terms) == 0
        staging.execute("UPDATE staged SET home_phone = 'call me'")
        assert broken_clauses(staging, *terms) == 1
