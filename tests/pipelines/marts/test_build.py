"""The marts over a real night: one build and many assertions about it, then further builds.

All assertions about the first build are in one test, because a build takes many seconds and each
worker of pytest would make its own. The test is not `dated`, because `dbt build` did not end under
libfaketime: tests of the last day's attempts run with the real clock only.
"""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest
import yaml
from alembic import command
from sqlalchemy import text

from assets.column_lineage import column_notes
from pipelines.process_environment import PROJECT_DIR
from registry.database.connections import engine
from registry.marts.schemas import DROP_VIEWS
from registry.migrations import alembic_config, migrate
from schemas.canonical import PARTS, SCALARS
from tests.files import care
from tests.pipelines.marts.build_requests import a_failed_build_is_requested_again_after_a_pause
from tests.pipelines.marts.conftest import EVENING
from tests.pipelines.marts.graph import GRAPH, the_graph_reads_from_the_results_into_the_marts
from tests.pipelines.marts.privacy import (
    MARTS,
    a_patient_analyst_reads_the_patients_and_no_table_of_the_registry,
    an_analyst_reads_the_marts_and_nothing_else,
    no_column_of_a_mart_is_named_for_a_value,
    no_mart_holds_a_value_of_a_patient,
    nothing_that_dbt_wrote_holds_a_value_of_a_patient,
    relations,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

DBT_DIR = PROJECT_DIR / "dbt"
SCHEMAS = ("marts", "marts_staging", "marts_patients", "marts_patients_staging")
# Of the evening, by UTC; the sender in New York has the day before.
THE_DAY = str(EVENING.date())
THE_DAY_BEFORE = str(EVENING.date() - timedelta(days=1))


def the_build_succeeds_and_every_data_test_passes_as_a_check(built):
    assert built.result.success
    checks = built.result.get_asset_check_evaluations()
    assert {check.check_name for check in checks if not check.passed} == set()
    assert len(checks) > 30
    assert {"fct_imports_rows_have_outcomes", "fct_imports_keeps_its_grain"} <= {
        check.check_name for check in checks
    }


def every_asset_has_its_columns_their_origins_and_a_row_count(built):
    events = materialisations(built)
    assert set(events) == set(GRAPH)
    rows = {name: meta.get("dagster/row_count") for name, meta in events.items() if name in MARTS}
    assert all(isinstance(count, dg.IntMetadataValue) for count in rows.values())
    assert rows["fct_imports"].value == 6
    schema = events["fct_imports"]["dagster/column_schema"].schema
    assert {"import_id", "received_on", "error_share"} <= {each.name for each in schema.columns}
    lineage = events["mart_sender_quality_daily"]["dagster/column_lineage"].lineage
    assert origins(lineage, "errored") == {("fct_imports", "errored")}
    lineage = events["stg_import_rows"]["dagster/column_lineage"].lineage
    assert origins(lineage, "outcome") == {("patients", "outcome")}
    lineage = events["stg_patients"]["dagster/column_lineage"].lineage
    assert origins(lineage, "first_name") == {("patients", "first_name")}
    lineage = events["dim_patients"]["dagster/column_lineage"].lineage
    assert origins(lineage, "home_city") == {("stg_patient_addresses", "city")}
    assert ("stg_patient_identifiers", "value") in origins(lineage, "medicare_id")
    schema = events["stg_patient_addresses"]["dagster/column_schema"].schema
    (city,) = (each.description for each in schema.columns if each.name == "city")
    assert city == "City. From patients: address.city"
    # As the asset calls them, whose columns lead on to the sender's.
    leading = {
        column
        for meta in events.values()
        if "dagster/column_lineage" in meta
        for deps in meta["dagster/column_lineage"].lineage.deps_by_column.values()
        for asset, column in ((dep.asset_key.to_user_string(), dep.column_name) for dep in deps)
        if asset == "patients"
    }
    fields = {name for done in built.imports.values() for name in fields_of(done)}
    assert {"address.city", "birth_year", "identifier.value", "department"} <= leading & fields
    for name, meta in events.items():
        if name != "known_columns":
            assert "dagster/column_lineage" in meta, name


def fields_of(done):
    """The columns that the asset `patients` has of an import, as Dagster shows them."""
    return {note.name for note in column_notes(done.reports["patients"].work, "patients")}


def materialisations(built):
    return {
        event.asset_key.to_user_string(): event.step_materialization_data.materialization.metadata
        for event in built.result.all_events
        if event.is_step_materialization
    }


def origins(lineage, column):
    return {
        (each.asset_key.to_user_string(), each.column_name)
        for each in lineage.deps_by_column[column]
    }


def the_facts_hold_the_ledger(built):
    for mart, ledger, columns in (
        ("fct_import_rows", "import_row", "outcome::text, patient_id"),
        ("fct_row_issues", "row_issue", "ordinal, code, severity::text"),
    ):
        wanted = f"SELECT import_id, attempt, line, {columns} FROM"
        held = built.query(f"{wanted} marts.{mart} ORDER BY 1, 2, 3, 4")
        assert held == built.query(f"{wanted} {ledger} ORDER BY 1, 2, 3, 4")
    assert built.query(
        "SELECT patient_id, import_id, attempt, line, sum(first_set + changed + cleared)::bigint"
        " FROM marts.fct_field_changes GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
    ) == built.query(
        "SELECT patient_id, import_id, attempt, line, (SELECT count(*) FROM json_each(changes))"
        " FROM full_change WHERE attempt > 0 ORDER BY 1, 2, 3, 4"
    )


def a_field_that_moved_is_a_change_and_not_a_first_value(built):
    second = built.imports["second"].imported.id
    assert built.query(
        "SELECT field, attribute, first_set, changed, cleared FROM marts.fct_field_changes"
        f" WHERE import_id = '{second}' ORDER BY 1, 2"
    ) == [("address", "city", 0, 1, 0), ("contact", "value", 0, 1, 0)]


def a_senders_day_is_the_one_where_he_is_and_holds_no_dry_run(built):
    days = built.query(
        "SELECT account, received_on::text, files, failed_files, records, created, updated, errored"
        " FROM marts.mart_sender_quality_daily ORDER BY 1, 2"
    )
    assert days == [
        ("clinic", THE_DAY_BEFORE, 2, 1, 3, 2, 0, 1),
        ("clinic", THE_DAY, 2, 0, 2, 0, 1, 1),
        ("desk", THE_DAY, 1, 0, 2, 1, 0, 1),
    ]


def rules_are_told_by_the_formats_own_column(built):
    rules = built.query(
        "SELECT received_on::text, code, column_name, fails_rows, rows_concerned, share::float"
        " FROM marts.mart_sender_issues_daily WHERE account = 'clinic'"
        " AND code IN ('not_a_date', 'nul_character') ORDER BY 1"
    )
    assert rules == [
        (THE_DAY_BEFORE, "not_a_date", "Patient Birthday", True, 1, 0.3333),
        (THE_DAY, "nul_character", "another column", True, 1, 0.5),
    ]


def every_column_has_the_type_that_it_is_declared_with(built):
    """Dagster shows the declared types; dbt compares those of the marts, which have contracts."""
    events = materialisations(built)
    for table, column, kind in built.query(
        "SELECT relname, attname, format_type(atttypid, atttypmod)"
        " FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
        " WHERE relnamespace::regnamespace::text LIKE 'marts%'"
        " AND relkind IN ('r', 'v') AND attnum > 0"
    ):
        schema = events[table]["dagster/column_schema"].schema
        assert (table, {each.name: each.type for each in schema.columns}[column]) == (table, kind)


def every_column_is_described(built):
    for path in DBT_DIR.glob("models/**/*.yml"):
        for model in yaml.safe_load(path.read_text()).get("models", []):
            described = {each["name"] for each in model["columns"] if each["description"]}
            found = built.query(
                "SELECT column_name FROM information_schema.columns"
                f" WHERE table_name = '{model['name']}' AND table_schema LIKE 'marts%'"
            )
            assert {name for (name,) in found} == described, model["name"]


def fields_that_a_change_may_name_are_those_of_the_canonical_patient(_built):
    (model,) = [
        each
        for each in yaml.safe_load((DBT_DIR / "models/marts/marts.yml").read_text())["models"]
        if each["name"] == "fct_field_changes"
    ]
    accepted = {
        column["name"]: set(test["accepted_values"]["arguments"]["values"])
        for column in model["columns"]
        for test in column.get("data_tests", [])
        if "accepted_values" in test
    }
    assert accepted["field"] == {each.name for each in (*SCALARS, *PARTS)}
    assert accepted["attribute"] == {""} | {name for part in PARTS for name in part.attributes}


CLAIMS = (
    the_build_succeeds_and_every_data_test_passes_as_a_check,
    every_asset_has_its_columns_their_origins_and_a_row_count,
    the_facts_hold_the_ledger,
    a_field_that_moved_is_a_change_and_not_a_first_value,
    a_senders_day_is_the_one_where_he_is_and_holds_no_dry_run,
    rules_are_told_by_the_formats_own_column,
    no_mart_holds_a_value_of_a_patient,
    no_column_of_a_mart_is_named_for_a_value,
    nothing_that_dbt_wrote_holds_a_value_of_a_patient,
    an_analyst_reads_the_marts_and_nothing_else,
    a_patient_analyst_reads_the_patients_and_no_table_of_the_registry,
    the_graph_reads_from_the_results_into_the_marts,
    every_column_has_the_type_that_it_is_declared_with,
    every_column_is_described,
    fields_that_a_change_may_name_are_those_of_the_canonical_patient,
    a_failed_build_is_requested_again_after_a_pause,
)
AFTER_THE_NEXT_BUILD = (
    the_facts_hold_the_ledger,
    no_mart_holds_a_value_of_a_patient,
)


@pytest.mark.dated
def test_sources_are_fresh_by_dbts_own_look(night):
    done = night.dbt("source", "freshness")
    assert done.returncode == 0, done.stdout
    freshness = json.loads((night.settings.marts_dir / "by_hand" / "sources.json").read_text())
    assert [each["status"] for each in freshness["results"]] == ["pass"]


@pytest.mark.external_postgres
def test_a_night_is_built_into_marts(built, subtests):
    for claim in CLAIMS:
        with subtests.test(claim.__name__):
            claim(built)


def test_later_builds_add_what_is_new_and_a_full_one_makes_the_same(night, subtests):
    by_command(night)
    views = "SELECT oid, relname FROM pg_class WHERE relname ~ '^(stg|dim_patient)' ORDER BY 2"
    made = night.query(views)
    by_command(night)
    with subtests.test("a_build_leaves_alone_the_views_that_are_there"):
        assert night.query(views) == made
    first = night.query("SELECT xmin::text, * FROM marts.fct_import_rows ORDER BY 2, 3, 4")

    night.again("first")
    night.take_in("third", "clinic", care({"first": "Qzxkthird", "last": "Q", "born": "1933-03-07",
                                           "gender": "M", "ehr": "qzxk-9"}))  # fmt: skip
    night.build()
    for claim in AFTER_THE_NEXT_BUILD:
        with subtests.test(f"after the next build: {claim.__name__}"):
            claim(night)
    with subtests.test("the_next_build_adds_what_is_new_and_leaves_the_rest_alone"):
        rows = night.query("SELECT xmin::text, * FROM marts.fct_import_rows ORDER BY 2, 3, 4")
        assert set(first) < set(rows)
        assert len(rows) == len(first) + 3 + 1
    with subtests.test("the_latest_attempt_counts"):
        assert night.query(
            "SELECT attempt, attempts, created, unchanged FROM marts.fct_imports"
            f" WHERE import_id = '{night.imports['first'].imported.id}'"
        ) == [(2, 2, 2, 2)]

    with subtests.test("a_run_by_hand_makes_all_views_and_clears_the_note_of_the_last_build"):
        assert not {oid for oid, _ in night.query(views)} & {oid for oid, _ in made}
        assert night.query(
            "SELECT obj_description('marts_staging'::regnamespace, 'pg_namespace')"
        ) == [(None,)]
    held = everything(night)
    night.build("--full-refresh", "--exclude-resource-type", "unit_test")
    with subtests.test("made_anew_from_the_whole_ledger_the_marts_are_the_same"):
        assert everything(night) == held
    with subtests.test("a_migration_takes_the_views_away_and_leaves_the_tables"):
        step_back_and_forth(night)
        left = {name for _, name in relations(night, *SCHEMAS)}
        assert left == MARTS


def by_command(built):
    """`rosterline marts build`, as an engineer runs it."""
    ran = subprocess.run(
        [Path(sys.executable).with_name("rosterline"), "marts", "build"],
        env=os.environ | built.settings.as_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "The marts are built" in ran.stdout


def everything(built):
    return {
        name: sorted(row for (row,) in built.query(f"SELECT t::text FROM marts.{name} t"))
        for name in MARTS
    }


def step_back_and_forth(built):
    """What an upgrade with a newer migration does first: a view would hold its columns fast."""
    database = engine(built.settings)
    with database.begin() as connection:
        connection.execute(text(DROP_VIEWS))
        command.downgrade(alembic_config(connection), "-1")
        connection.execute(text("CREATE VIEW marts_staging.held AS SELECT * FROM patient_change"))
    database.dispose()
    migrate(built.settings)
