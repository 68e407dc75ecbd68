"""Pairs of a sweep by Spark: the copy is handed over as Parquet, what was found is taken back.

    copied ─▶ patients.parquet ┐
              keys.parquet     ├─▶ Spark: pairs, scores (spark_job.py) ─▶ scored/ ─▶ found_pair
              request.json     ┘

What grows with the registry is handed over; what grows with its pairs stays on Spark, and only
pairs above the threshold come back. Evidence, cautions and vetoes are worked out by DuckDB, with
the statement that an import's search uses.
"""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb

from assets.potential_duplicates.score import Comparisons, Find, add_similar_pairs
from assets.staging_database import scalar
from assets.steps import StepFiles, run_steps
from identity.frequencies import find_shared_contacts, with_frequencies
from identity.model import Model
from identity.score import keep_scored
from identity.settings import splink_settings
from registry.settings import Settings
from schemas.errors import StageFailed

_STEPS = StepFiles(__file__)


class SparkFailed(StageFailed):
    """Spark cannot be started, or did not finish; the message says why and what to do."""

    code = "spark_failed"


def finder(settings: Settings, account_id: int) -> Find:
    """What `score_searched` finds pairs with."""

    def find(connection: duckdb.DuckDBPyConnection, model: Model, done: Comparisons) -> None:
        patients = scalar(connection, "SELECT count(*) FROM copied.features")
        if not patients:
            return
        _require_spark()
        with _folder(settings, account_id) as folder:
            _hand_over(connection, model, patients, folder)
            counts = _run(settings, folder)
            _take_back(connection, folder, counts, done)

    return find


def _require_spark() -> None:
    if find_spec("pyspark") is None:
        raise SparkFailed(
            "ROSTERLINE_SWEEP_ENGINE is spark, and pyspark is not installed; install it with "
            "`make spark`, or sweep on duckdb"
        )
    home = os.environ.get("JAVA_HOME")
    java = Path(home, "bin", "java") if home else Path("java")
    if shutil.which(java) is None:
        raise SparkFailed(
            f"ROSTERLINE_SWEEP_ENGINE is spark, and there is no {java}; install Java 17 "
            "(Debian: openjdk-17-jre-headless), or name its folder in JAVA_HOME"
        )


@contextmanager
def _folder(settings: Settings, account_id: int) -> Iterator[Path]:
    """A folder for this sweep, which is removed; only one sweep of an account runs at a time."""
    folder = (settings.spark_folder or settings.matching_dir) / f"{account_id}.sweep"
    shutil.rmtree(folder, ignore_errors=True)  # of a sweep that was killed
    folder.mkdir(parents=True, mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _hand_over(
    connection: duckdb.DuckDBPyConnection, model: Model, patients: int, folder: Path
) -> None:
    from identity.spark import spark_condition  # noqa: PLC0415 - imports sqlglot

    find_shared_contacts(connection, "copied.features", "copied.features")
    rows = with_frequencies("copied.features")
    run_steps(
        connection,
        _STEPS["hand_over_patients"].fill(patients=rows, file=_quoted(folder / "patients.parquet")),
        _STEPS["hand_over_keys"].fill(file=_quoted(folder / "keys.parquet")),
    )
    request = {
        "settings": splink_settings(model, patients, spark_condition),
        "threshold": model.review,
    }
    (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")


def _run(settings: Settings, folder: Path) -> dict[str, Any]:
    """Run the job, and return its counts.

    Raises:
        SparkFailed: it did not finish.
    """
    # Spark's log may quote a patient's values.
    output = None if settings.debug else subprocess.DEVNULL
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "assets.duplicate_clusters.spark_job",
            folder,
            settings.spark_master,
        ],
        cwd=folder,  # where Spark leaves files that have no setting
        stdin=subprocess.PIPE,  # the job ends when this end is closed
        stdout=output,
        stderr=output,
    ) as process:
        try:
            code = process.wait()
        finally:
            process.kill()
    if code:
        raise SparkFailed(_why(settings, folder, code))
    counts: dict[str, Any] = json.loads((folder / "counts.json").read_text(encoding="utf-8"))
    return counts


def _why(settings: Settings, folder: Path, code: int) -> str:
    try:
        said = (folder / "failure.txt").read_text(encoding="utf-8")
    except FileNotFoundError:
        said = f"its process ended with {code}"
    return (
        f"Spark with master {settings.spark_master} failed ({said}). Nothing was written; mend "
        "Spark or ROSTERLINE_SPARK_MASTER and run the sweep again. With ROSTERLINE_DEBUG=1, for "
        "synthetic data only, Spark's own log is in that of the run."
    )


def _take_back(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    counts: dict[str, Any],
    done: Comparisons,
) -> None:
    run_steps(
        connection, _STEPS["read_predictions"].fill(files=_quoted(folder / "scored" / "*.parquet"))
    )
    found = scalar(connection, "SELECT count(*) FROM spark_prediction")
    if found != counts["scored"]:
        raise SparkFailed(
            f"Spark scored {counts['scored']} pairs, of which {found} are in its folder; nothing "
            "was written. ROSTERLINE_SPARK_FOLDER must be one folder for all workers."
        )
    done.candidates += counts["candidates"]
    done.common_keys += Counter(counts["common keys"])
    done.vetoed += Counter(keep_scored(connection, "spark_prediction"))
    add_similar_pairs(connection)
    connection.execute("DROP VIEW spark_prediction")


def _quoted(path: Path) -> str:
    """The path between quotes of SQL."""
    return str(path).replace("'", "''")
