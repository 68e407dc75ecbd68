"""Assertions that the marts contain no value of a patient, and about who may read them."""

import psycopg
import pytest

from registry.marts.schemas import ANALYST, PATIENT_ANALYST
from schemas.canonical import PARTS, SCALARS
from tests.pipelines.marts.conftest import FORMS
from tests.pipelines.marts.graph import PATIENTS

MARTS = {
    "dim_account_history",
    "dim_accounts",
    "fct_attempt_issues",
    "fct_attempts",
    "fct_field_changes",
    "fct_import_rows",
    "fct_imports",
    "fct_row_issues",
    "mart_attempts_daily",
    "mart_sender_issues_daily",
    "mart_sender_quality_daily",
}


PATIENT_STAGING = "marts_patients_staging.stg_patients"
SINGULAR = {"patient_addresse": "patient_address", "patient_facilitie": "patient_facility"}
WITH_VALUES = {
    "dim_patients",
    "dim_patient_addresses",
    "dim_patient_contacts",
    "dim_patient_flags",
    "dim_patient_identifiers",
    "dim_patient_notes",
}


def no_mart_holds_a_value_of_a_patient(built):
    found = relations(built, "marts", "marts_staging")
    assert {name for schema, name in found if schema == "marts"} == MARTS
    for schema, name in found:
        rows = "\n".join(row for (row,) in built.query(f"SELECT t::text FROM {schema}.{name} t"))
        assert not [form for form in FORMS if form in rows.lower()], name
    held = {
        name
        for name in PATIENTS
        for (row,) in built.query(f"SELECT t::text FROM marts_patients.{name} t")
        if [form for form in FORMS if form in row.lower()]
    }
    assert held >= WITH_VALUES, "the marked value is not even in the registry"


def no_column_of_a_mart_is_named_for_a_value(built):
    values = {scalar.name for scalar in SCALARS} | {a for part in PARTS for a in part.attributes}
    values = values - {"code", "state"} | {"item", "message", "reason", "file_name"}
    named = built.query(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema IN ('marts', 'marts_staging')"
    )
    assert len(named) > 100
    assert [each for each in named if each[1] in values] == []


def nothing_that_dbt_wrote_holds_a_value_of_a_patient(built):
    written = [path for path in built.settings.marts_dir.rglob("*") if path.is_file()]
    assert "dbt.log" in {path.name for path in written}
    for path in written:
        text = path.read_bytes().decode("utf-8", "replace").lower()
        assert not [form for form in FORMS if form in text], path


def relations(built, *schemas):
    listed = ", ".join(f"'{schema}'" for schema in schemas)
    return built.query(
        "SELECT table_schema, table_name FROM information_schema.tables"
        f" WHERE table_schema IN ({listed}) AND table_name <> 'known_columns'"
    )


def an_analyst_reads_the_marts_and_nothing_else(built):
    for name in MARTS:
        assert built.query(f"SELECT count(*) FROM marts.{name}", ANALYST)
    shut = ("marts_patients.dim_patients", "marts_staging.stg_imports", PATIENT_STAGING)
    for relation in (*shut, *public(built)):
        refused(built, relation, ANALYST)


def a_patient_analyst_reads_the_patients_and_no_table_of_the_registry(built):
    for name in PATIENTS:
        table = name.removeprefix("dim_").removesuffix("s")
        seen = built.query(f"SELECT count(*) FROM marts_patients.{name}", PATIENT_ANALYST)
        assert seen == built.query(f"SELECT count(*) FROM {SINGULAR.get(table, table)}")
    for relation in ("marts.fct_imports", PATIENT_STAGING, *public(built)):
        refused(built, relation, PATIENT_ANALYST)


def public(built):
    return [f"public.{name}" for _, name in relations(built, "public")]


def refused(built, relation, role):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        built.query(f"SELECT * FROM {relation} LIMIT 1", role)
