"""The sweep on Spark: the pairs of DuckDB, a worker that is lost, and Spark that fails for good."""

import shutil
import threading
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import duckdb
import polars as pl
import psutil
import pytest

from assets.duplicate_clusters.clusters import choose_everybody
from assets.duplicate_clusters.on_spark import SparkFailed, finder
from assets.potential_duplicates.matching_copy import attach_empty, replace_patients
from assets.potential_duplicates.score import NO_THRESHOLD, find_in_parts, score_searched
from identity.features import PERSON_COLUMNS
from identity.model import load_model
from registry.settings import Settings
from synthetic.duplicates import NOISY, make_registry
from tests.assets.duplicate_clusters.test_runs import instance, run
from tests.assets.potential_duplicates.test_search import AGAIN, FIRST

__all__ = ["instance"]

pytestmark = pytest.mark.skipif(
    find_spec("pyspark") is None or shutil.which("java") is None,
    reason="needs pyspark (`make spark`) and Java 17",
)
NOBODY = pl.DataFrame(schema=dict.fromkeys(("patient_id", "other_patient_id"), pl.String))
FOUND = """
    SELECT patient_id, other_patient_id, weight, probability, evidence, caution, is_similar
    FROM found_pair
    ORDER BY ALL
"""
SMALL = """
spark.driver.memory 512m
spark.driver.extraJavaOptions -XX:+UseSerialGC -XX:TieredStopAtLevel=1
spark.executor.memory 512m
spark.executor.extraJavaOptions -XX:+UseSerialGC -XX:TieredStopAtLevel=1
spark.sql.shuffle.partitions 4
"""


@pytest.fixture
def small_spark(tmp_path, monkeypatch):
    """Spark with little memory, whose workers write into a folder of the test."""
    home = tmp_path / "spark"
    (home / "conf").mkdir(parents=True)
    for each in Path(find_spec("pyspark").origin).parent.iterdir():
        if each.name != "work":
            (home / each.name).symlink_to(each)
    (home / "conf" / "spark-defaults.conf").write_text(SMALL)
    monkeypatch.setenv("SPARK_HOME", str(home))
    monkeypatch.setenv("SPARK_CONF_DIR", str(home / "conf"))


@pytest.fixture
def registry(tmp_path):
    """A copy of people in households: twins, nicknames, typing errors, names in other letters.

    A third of them have the clinic's own phone, which counts as missing.
    """
    made = make_registry(800, 7, NOISY, twins=0.5)
    with duckdb.connect() as duck:
        attach_empty(duck, tmp_path / "1.duckdb")
        duck.register("records", made.records.to_arrow())
        columns = ", ".join(f"{name}::{kind} AS {name}" for name, kind in PERSON_COLUMNS.items())
        duck.execute(f"CREATE OR REPLACE TEMP TABLE person AS SELECT {columns} FROM records")
        duck.execute(
            "UPDATE person SET last_name = translate(lower(last_name), 'aeiorst', 'аеиорст')"
            " WHERE length(last_name) % 5 = 0"
        )
        duck.execute(
            "UPDATE person SET phones = list_append(phones, '+13025550100')"
            " WHERE hash(patient_id) % 3 = 0"
        )
        ids = duck.sql("SELECT patient_id::VARCHAR AS patient_id FROM person").to_arrow_table()
        replace_patients(duck, pl.DataFrame(pl.from_arrow(ids)))
        choose_everybody(duck)
        yield duck


def settings(tmp_path, **chosen):
    return Settings(home=tmp_path / "home", sweep_engine="spark", **chosen)


def named(name):
    """Processes that this one started, directly or not, with this in their command."""
    found = []
    for each in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            if name in " ".join(each.cmdline()):
                found.append(each)
    return found


@contextmanager
def killing(name, chosen):
    """Within, one process of this name is killed once Spark is at work on the scores."""
    killed, over = [], threading.Event()

    def kill_one():
        folder = chosen.matching_dir / "1.sweep"
        while not killed and not over.wait(0.02):
            if list(folder.glob("checkpoints/*/*predict*/_temporary")):
                killed.extend(named(name)[:1])
        for each in killed:
            each.kill()

    watcher = threading.Thread(target=kill_one)
    watcher.start()
    try:
        yield killed
    finally:
        over.set()
        watcher.join()


@pytest.mark.slow
@pytest.mark.usefixtures("small_spark")
def test_two_workers_of_which_one_is_killed_find_the_pairs_and_scores_of_duckdb(registry, tmp_path):
    # All pairs that are compared, not only those of one person.
    model = replace(load_model(), review=NO_THRESHOLD)
    chosen = settings(tmp_path, spark_master="local-cluster[2,1,1024]")
    with killing("CoarseGrainedExecutorBackend", chosen) as killed:
        done = score_searched(registry, model, NOBODY, finder(chosen, 1))
    found = registry.execute(FOUND).fetchall()
    counted = score_searched(registry, model, NOBODY, find_in_parts)
    expected = registry.execute(FOUND).fetchall()

    assert len(killed) == 1
    assert [row[:2] for row in found] == [row[:2] for row in expected]
    for got, wanted in zip(found, expected, strict=True):
        assert got[2:4] == pytest.approx(wanted[2:4], abs=1e-6)
    assert [row[4:] for row in found] == [row[4:] for row in expected]  # evidence and cautions
    assert done == counted
    assert len(expected) > 1_000
    assert {"twins", "household", "suffix"} <= set(counted.vetoed)
    assert list(chosen.matching_dir.iterdir()) == []  # nothing of the patients is left


@pytest.mark.slow
@pytest.mark.usefixtures("small_spark")
def test_spark_that_is_killed_is_an_error_that_leaves_nothing(registry, tmp_path):
    chosen = settings(tmp_path, spark_master="local[1]")
    with (
        killing("SparkSubmit", chosen) as killed,
        pytest.raises(SparkFailed, match=r"Spark with master local\[1\] failed \(.*run the sweep"),
    ):
        score_searched(registry, load_model(), NOBODY, finder(chosen, 1))
    assert len(killed) == 1
    assert registry.execute("SELECT count(*) FROM found_pair").fetchall() == [(0,)]
    assert list(chosen.matching_dir.iterdir()) == []


def test_without_java_the_error_says_what_to_install(registry, tmp_path, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "gone"))
    with pytest.raises(SparkFailed, match=r"no .*gone/bin/java; install Java 17"):
        score_searched(registry, load_model(), NOBODY, finder(settings(tmp_path), 1))


@pytest.mark.slow
@pytest.mark.usefixtures("small_spark")
def test_a_sweep_with_a_wrong_master_is_red_says_so_and_can_be_run_again(
    instance, clinic, monkeypatch
):
    for name, value in clinic.settings.as_environment().items():
        monkeypatch.setenv(name, value)
    clinic.send(FIRST)
    clinic.send(AGAIN)
    monkeypatch.setenv("ROSTERLINE_SWEEP_ENGINE", "spark")
    monkeypatch.setenv("ROSTERLINE_SPARK_MASTER", "sparkle://nowhere")
    failed = run(instance, fails=True)
    [failure] = [event for event in failed.all_events if event.is_step_failure]
    said = failure.event_specific_data.error.message
    assert "master sparkle://nowhere failed" in said
    assert "Could not parse Master URL" in said
    assert clinic.queue() == []

    monkeypatch.setenv("ROSTERLINE_SPARK_MASTER", "local[1]")
    result = run(instance)
    assert result.success
    [found] = result.asset_materializations_for_node("duplicate_clusters")
    shown = {name: value.value for name, value in found.metadata.items()}
    assert (shown["engine"], shown["reviews opened"], shown["clusters of two"]) == ("spark", 1, 1)
    assert len(clinic.queue()) == 1
