"""The asset graph; a change of the graph changes this table too."""

import dagster as dg
import pytest
import yaml

from pipelines.definitions import defs
from pipelines.jobs import STAGES, jobs
from pipelines.process_environment import INSTANCE_FILE, PROJECT_DIR
from registry.ledger.silent_senders import EXPECTED_WITHIN, MISSED_AFTER

GRAPH = defs.get_repository_def().asset_graph
SOURCES = PROJECT_DIR / "dbt" / "models" / "staging" / "sources.yml"
JOBS = [job.name for job in jobs]
NODES = {key.to_user_string(): GRAPH.get(key) for key in GRAPH.get_all_asset_keys()}

SNAPSHOT = {
    # asset: what it is made from, group, kinds, checks
    "landed_files": (
        [],
        "imports",
        {"csv", "duckdb"},
        {"files_can_be_read", "senders_keep_sending"},
    ),
    "staged_patients": (
        ["landed_files"],
        "imports",
        {"duckdb", "pandera"},
        {"staged_rows_keep_the_contract"},
    ),
    "matched_patients": (["staged_patients"], "imports", {"duckdb", "postgres"}, set()),
    "patients": (
        ["matched_patients"],
        "registry",
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
        "results",
        {"csv"},
        {"result_has_a_line_per_row", "imports_come_through"},
    ),
    "document_queries": (
        ["patients", "result_files"],
        "documents",
        {"fhir", "postgres"},
        {"every_changed_patient_has_a_query", "queries_are_answered"},
    ),
}


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


@pytest.mark.parametrize("name", sorted(NODES))
def test_every_asset_has_one_partition_per_import_and_takes_many_in_one_run(name):
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


def test_the_registry_and_the_endpoint_for_documents_have_a_pool_each():
    assert {name: node.pools for name, node in NODES.items() if node.pools} == {
        "patients": {"registry"},
        "document_queries": {"documents"},
    }


def test_no_run_of_an_import_queries_documents():
    assets = {
        job.name: {key.to_user_string() for key in job.asset_layer.selected_asset_keys}
        for job in map(defs.resolve_job_def, JOBS)
    }
    assert assets["query_documents"] == {"document_queries"}
    assert assets["import_files"] == assets["nightly_import"] == set(STAGES)


def test_one_run_of_document_queries_starts_at_a_time():
    limits = yaml.safe_load(INSTANCE_FILE.read_text())["concurrency"]["runs"]
    (limit,) = (
        each["limit"]
        for each in limits["tag_concurrency_limits"]
        if each["key"] in defs.resolve_job_def("query_documents").tags
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
