"""How dbt's project is laid out: the rules of dbt_project_evaluator that matter here.

That package comes from dbt's hub, and dbt-bouncer needs an older DuckDB than ours. So the rules are
here, over the manifest: each test is a rule that lists the resources which break it.
"""

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from pipelines.marts.dbt_files import DBT_DIR
from registry.marts.schemas import ANALYST, PATIENT_ANALYST
from registry.settings import Settings

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

PREFIXES = {
    "staging": ("stg_",),
    "marts": ("dim_", "fct_", "mart_"),
    "marts_patients": ("dim_",),
}
READERS = {"marts": [ANALYST], "marts_patients": [PATIENT_ANALYST]}
KEY_TEST = "is_key"


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    from pipelines.marts.project import manifest_of, prepared_project

    return manifest_of(prepared_project(Settings(home=tmp_path_factory.mktemp("home"))))


@pytest.fixture(scope="module")
def models(manifest):
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]


@pytest.fixture(scope="module")
def data_tests(manifest):
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "test"]


def layer(model):
    """The folder: `staging`, `marts` or `marts_patients`."""
    return model["fqn"][1]


def parents(model, kind):
    return {name for name in model["depends_on"]["nodes"] if name.startswith(f"{kind}.")}


def named(models):
    return sorted(model["name"] for model in models)


def test_a_model_has_the_prefix_of_its_layer(models):
    assert {layer(model) for model in models} == set(PREFIXES)
    assert named(m for m in models if not m["name"].startswith(PREFIXES[layer(m)])) == []


def test_only_staging_reads_sources_and_each_staging_model_reads_one(models):
    assert named(m for m in models if layer(m) != "staging" and parents(m, "source")) == []
    assert (
        named(m for m in models if layer(m) == "staging" and len(parents(m, "source")) != 1) == []
    )
    assert named(m for m in models if layer(m) == "staging" and parents(m, "model")) == []


def test_each_source_is_read_by_one_model(manifest, models):
    readers = Counter(source for model in models for source in parents(model, "source"))
    assert {name: readers[name] for name in manifest["sources"] if readers[name] != 1} == {}


def test_no_model_names_a_table_by_hand(models):
    # Of `{{ ref(…) }}` nothing but the join is left.
    by_hand = re.compile(r"\b(?:from|join)\s+(?:public|marts\w*)\.", re.IGNORECASE)
    assert named(model for model in models if by_hand.search(model["raw_code"])) == []


def test_every_model_and_column_is_described_and_typed(models):
    assert named(model for model in models if not model["description"]) == []
    lacking = [
        (model["name"], column["name"])
        for model in models
        for column in model["columns"].values()
        if not (column["description"] and column["data_type"])
    ]
    assert lacking == []
    assert named(model for model in models if not model["columns"]) == []


def test_every_source_is_described(manifest):
    assert [name for name, each in manifest["sources"].items() if not each["description"]] == []


def test_the_grain_of_every_model_is_tested(models, data_tests):
    tested = {
        test["attached_node"]
        for test in data_tests
        if test["test_metadata"]["name"] == KEY_TEST and test["config"]["severity"] == "ERROR"
    }
    assert named(model for model in models if model["unique_id"] not in tested) == []


def test_every_fact_that_names_an_account_or_import_is_tested_to_find_it(models, data_tests):
    tested = {
        (test["attached_node"], test["column_name"])
        for test in data_tests
        if test["test_metadata"]["name"] == "relationships"
    }
    facts = [model for model in models if model["name"].startswith(("fct_", "mart_"))]
    lacking = [
        model["name"]
        for model in facts
        if not {(model["unique_id"], key) for key in ("account_id", "import_id")} & tested
    ]
    assert lacking == []


def test_what_analysts_query_has_a_contract_and_readers_and_staging_has_no_readers(models):
    public = [model for model in models if layer(model) in READERS]
    assert named(model for model in public if not model["contract"]["enforced"]) == []
    assert named(m for m in public if m["config"]["grants"] != {"select": READERS[layer(m)]}) == []
    assert named(m for m in models if layer(m) == "staging" and m["config"]["grants"]) == []


def test_values_of_patients_are_tagged_and_kept_in_schemas_of_their_own(manifest, models):
    tagged = {source for source, each in manifest["sources"].items() if each["meta"].get("phi")}
    assert len(tagged) == 13
    of_patients = {model["name"] for model in models if "phi" in model["tags"]}
    assert of_patients == {m["name"] for m in models if m["schema"].startswith("marts_patients")}
    reading = {model["name"] for model in models if parents(model, "source") & tagged}
    assert reading <= of_patients
    known = {model["unique_id"] for model in models if model["name"] in of_patients}
    leaking = named(
        m for m in models if m["name"] not in of_patients and parents(m, "model") & known
    )
    assert leaking == []


def test_columns_with_values_of_patients_are_marked_one_by_one(models):
    marked = {
        (model["name"], column["name"])
        for model in models
        for column in model["columns"].values()
        if column["meta"].get("phi")
    }
    assert {("dim_patients", "last_name"), ("dim_patient_notes", "note")} <= marked
    ids = {"patient_id", "account_id", "account"}
    assert not [each for each in marked if each[1] in ids]
    of_parts = [m for m in models if m["name"].startswith(("dim_patient", "stg_patient"))]
    assert [m["name"] for m in of_parts if not {c for n, c in marked if n == m["name"]}] == []


def test_no_chain_of_views_is_longer_than_two(models):
    by_id = {model["unique_id"]: model for model in models}

    def depth(unique_id):
        model = by_id.get(unique_id)
        if model is None or model["config"]["materialized"] != "view":
            return 0
        return 1 + max((depth(each) for each in model["depends_on"]["nodes"]), default=0)

    assert named(model for model in models if depth(model["unique_id"]) > 2) == []


def test_every_mart_is_read_by_another_model_or_named_by_an_exposure(manifest, models):
    read = {name for model in models for name in parents(model, "model")}
    read |= {
        name for each in manifest["exposures"].values() for name in each["depends_on"]["nodes"]
    }
    assert named(model for model in models if model["unique_id"] not in read) == []


def test_the_folders_with_models_describe_them_in_files_of_their_own():
    for path in DBT_DIR.glob("models/**/*.sql"):
        described = [
            model["name"]
            for file in path.parent.glob("*.yml")
            for model in yaml.safe_load(file.read_text()).get("models", [])
        ]
        assert Path(path).stem in described, path
