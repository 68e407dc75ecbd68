"""The asset graph; a change of the graph changes this table too."""

import re

import dagster as dg
import pytest
import yaml

from assets.staging_database import open_staging
from pipelines.definitions import defs
from pipelines.jobs import STAGES, jobs
from pipelines.process_environment import INSTANCE_FILE, PROJECT_DIR
from registry.accounts.accounts import add_account
from registry.ledger.silent_senders import EXPECTED_WITHIN, MISSED_AFTER
from registry.tables.all_tables import metadata
from tests.files import care, maria
from tests.importing import process, put

GRAPH = defs.get_repository_def().asset_graph
SOURCES = PROJECT_DIR / "dbt" / "models" / "staging" / "sources.yml"
CHECK_NAMES = {key.name for key in GRAPH.asset_check_keys}
JOBS = [job.name for job in jobs]
NODES = {key.to_user_string(): GRAPH.get(key) for key in GRAPH.get_all_asset_keys()}

SNAPSHOT = {
    # asset: what it is made from, group, kinds, checks
    "landed_files": (
        [],
        "imports",
        {"csv", "duckdb"},
        set(),
    ),
    "staged_patients": (
        ["landed_files"],
        "imports",
        {"duckdb", "pandera"},
        {"staged_rows_keep_the_contract"},
    ),
    "matched_patients": (
        ["staged_patients"],
        "imports",
        {"duckdb", "postgres"},
        {"file_is_like_the_usual_ones"},
    ),
    "patients": (
        ["matched_patients"],
        "imports",
        {"postgres"},
        {
            "counts_reconcile",
            "errored_share_is_usual",
            "every_row_has_one_outcome",
            "no_orphans",
        },
    ),
    "result_files": (
        ["patients"],
        "imports",
        {"csv"},
        {"file_was_imported", "result_has_a_line_per_row"},
    ),
    "pruned": ([], "operations", {"postgres"}, set()),
    "table_months": ([], "operations", {"postgres"}, set()),
    "last_night": (
        ["result_files"],
        "operations",
        {"postgres"},
        {"imports_come_through", "senders_keep_sending"},
    ),
    "document_queries": (
        ["patients", "result_files"],
        "documents",
        {"fhir", "postgres"},
        {"every_changed_patient_has_a_query", "queries_are_answered"},
    ),
    "potential_duplicates": (
        ["patients", "result_files"],
        "review",
        {"duckdb", "postgres"},
        {"every_similar_pair_is_in_the_queue", "matching_copy_is_complete"},
    ),
    "duplicate_clusters": (
        [],
        "review",
        {"duckdb", "postgres"},
        {"every_similar_pair_of_the_registry_is_in_the_queue", "swept_copy_is_complete"},
    ),
}
OF_ACCOUNTS = {"duplicate_clusters"}


def test_the_graph_is_the_one_in_the_snapshot():
    seen = {
        name: (
            sorted(key.to_user_string() for key in node.parent_keys),
            node.group_name,
            set(node.kinds),
            {check.name for check in node.check_keys},
        )
        for name, node in NODES.items()
    }
    assert seen == SNAPSHOT


@pytest.mark.parametrize("name", sorted(NODES))
def test_every_asset_has_an_owner(name):
    assert list(NODES[name].owners) == ["team:data-engineering"]


def test_what_is_about_a_whole_registry_has_one_partition_per_account():
    accounts = dg.DynamicPartitionsDefinition(name="accounts")
    found = {name for name, node in NODES.items() if node.partitions_def == accounts}
    assert found == OF_ACCOUNTS


OF_OPERATIONS = {"last_night", "pruned", "table_months"}


@pytest.mark.parametrize("name", sorted(NODES.keys() - OF_ACCOUNTS - OF_OPERATIONS))
def test_every_other_asset_has_one_partition_per_import_and_takes_many_in_one_run(name):
    assert NODES[name].partitions_def == dg.DynamicPartitionsDefinition(name="imports")
    assert NODES[name].backfill_policy == dg.BackfillPolicy.single_run()


@pytest.mark.parametrize("word", ["**Grain**: ", "**Source**: ", "**Run again**: "])
@pytest.mark.parametrize("name", sorted(NODES))
def test_every_asset_describes_grain_source_and_running_again(name, word):
    assert word in (NODES[name].description or "")


@pytest.mark.parametrize("name", sorted(NODES))
def test_every_asset_leads_to_its_page_of_the_documentation(name):
    page = NODES[name].metadata["docs"].value
    assert "\n# " in f"\n{(PROJECT_DIR / page).read_text()}"


def test_every_table_that_an_asset_names_is_there(database, connection, tmp_path):
    kept = database.model_copy(update={"keep_staging": True})
    account = add_account(connection, "clinic", "thoroughcare")
    imported = put(kept, connection, account, care(maria()), folder=tmp_path)
    work = process(kept, connection, imported).reports["landed_files"].work
    with open_staging(work) as duck:
        tables_and_views = "SELECT table_name FROM information_schema.tables"
        staged = {name for (name,) in duck.sql(tables_and_views).fetchall()}
    there = {*staged, *metadata.tables, *(f"public.{name}" for name in metadata.tables)}
    named = {
        (asset, name)
        for asset, node in NODES.items()
        for name in (
            *re.findall(r"`([a-z_]+)`", node.description),
            *(value for key, value in node.metadata.items() if key == "dagster/table_name"),
        )
    }
    assert [each for each in sorted(named) if each[1] not in {*there, *NODES, *CHECK_NAMES}] == []
    assert {("matched_patients", "final_fact"), ("patients", "public.patient")} <= named


def test_assets_that_depend_on_senders_have_a_freshness_policy():
    assert {name for name, node in NODES.items() if node.freshness_policy} == {
        "landed_files", "patients", "result_files",
    }  # fmt: skip
    (declared,) = [
        table["freshness"]
        for source in yaml.safe_load(SOURCES.read_text())["sources"]
        for table in source["tables"]
        if "freshness" in table
    ]
    assert declared["warn_after"] == {"count": EXPECTED_WITHIN.days, "period": "day"}
    assert declared["error_after"] == {"count": MISSED_AFTER.days, "period": "day"}


def test_what_is_shared_by_all_runs_has_a_pool():
    assert {name: node.pools for name, node in NODES.items() if node.pools} == {
        **{stage: {"registry"} for stage in STAGES},
        "document_queries": {"documents"},
        "potential_duplicates": {"potential_duplicates"},
        "duplicate_clusters": {"duplicate_clusters"},
    }


def test_each_stage_has_a_code_version_of_its_own():
    assert len({NODES[stage].code_version for stage in STAGES}) == len(STAGES)


def test_no_run_of_an_import_queries_documents_or_searches_for_duplicates():
    assets = {
        job.name: {key.to_user_string() for key in job.asset_layer.selected_asset_keys}
        for job in map(defs.resolve_job_def, JOBS)
    }
    assert assets["query_documents"] == {"document_queries"}
    assert assets["find_potential_duplicates"] == {"potential_duplicates"}
    assert assets["import_files"] == assets["nightly_import"] == set(STAGES)


@pytest.mark.parametrize("job", ["query_documents", "find_potential_duplicates", "sweep_registry"])
def test_one_run_of_what_follows_an_import_starts_at_a_time(job):
    limits = yaml.safe_load(INSTANCE_FILE.read_text())["concurrency"]["runs"]
    (limit,) = (
        each["limit"]
        for each in limits["tag_concurrency_limits"]
        if each["key"] in defs.resolve_job_def(job).tags
    )
    assert limit == 1


def test_every_check_but_those_over_all_imports_is_computed_by_its_asset():
    in_passing = {
        spec.name
        for each in defs.resolve_asset_graph().assets_defs
        if each.keys
        for spec in each.check_specs
    }
    over_all_imports = {key.name for key in GRAPH.asset_check_keys} - in_passing
    assert over_all_imports == {"imports_come_through", "senders_keep_sending"}
