"""What runs on Spark in a sweep: pairs, and their scores. A process of its own.

    python -m assets.duplicate_clusters.spark_job <folder> <master>

The folder has `patients.parquet`, `keys.parquet` and `request.json`; afterwards it has `scored/`
with Splink's predictions and `counts.json`, or `failure.txt`. The pairs come from the same
statements as on DuckDB, and the folder takes intermediate tables: a worker that is lost costs the
tasks that it had not finished.

A process of its own, because Spark's log may quote a patient's values and because a JVM stays as
long as its process. It ends with its parent.
"""

import importlib.util
import json
import os
import sys
import threading
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, SourceFileLoader
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from assets.steps import Step

APP_NAME = "rosterline duplicate_clusters"


def main() -> None:
    """Run the job; the exit code is 1 if it failed."""
    folder, master = Path(sys.argv[1]), sys.argv[2]
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _prefer_sources("sqlglot")
    session = None
    try:
        session = _start(folder, master)
        _run(session, folder)
    except Exception as error:
        # Before any patient was read, the text cannot have a value of one.
        said = _say(error, with_text=session is None)
        (folder / "failure.txt").write_text(said, encoding="utf-8")
        raise
    finally:
        if session is not None:
            session.stop()


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(1)


def _prefer_sources(package: str) -> None:
    """Import a package as Python, though it is installed compiled too.

    Splink's dialect for Spark inherits from classes of sqlglot, which its compiled ones forbid.
    """
    found = importlib.util.find_spec(package)
    roots = tuple(found.submodule_search_locations or ()) if found else ()

    def hook(path: str) -> FileFinder:
        if not path.startswith(roots):
            raise ImportError
        return FileFinder(path, (SourceFileLoader, SOURCE_SUFFIXES))

    sys.path_hooks.insert(0, hook)


def _start(folder: Path, master: str) -> "SparkSession":
    from pyspark.sql import SparkSession  # noqa: PLC0415 - an extra
    from splink.backends.spark import similarity_jar_location  # noqa: PLC0415 - after the hook

    settings = {
        "spark.jars": similarity_jar_location(),
        "spark.sql.ansi.enabled": "true",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.ui.enabled": "false",  # its pages ask for no password
        "spark.ui.showConsoleProgress": "false",
    }
    if master.startswith("local"):
        os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"  # nobody else needs to reach it
        settings["spark.local.dir"] = str(folder / "local")
    builder = SparkSession.builder.master(master).appName(APP_NAME)
    session = builder.config(map=settings).getOrCreate()
    session.sparkContext.setCheckpointDir(str(folder / "checkpoints"))
    return session


def _run(session: "SparkSession", folder: Path) -> None:
    from assets.potential_duplicates import candidates  # noqa: PLC0415 - imports sqlglot
    from identity.spark import predict_on_spark  # noqa: PLC0415

    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    for name in ("patients", "keys"):
        session.read.parquet(str(folder / f"{name}.parquet")).createTempView(name)
    session.table("keys").createTempView("patient_key")
    for view in ("subject", "candidate", "compared"):  # everybody is in question
        session.table("patients").createTempView(view)
    for step in candidates.PAIRING:
        _create_view(session, step)
        if step.name == "choose_keys":
            _keep(session, "chosen_key", folder)
    _create_view(session, candidates.NAMING)
    _keep(session, "candidate_pair", folder)
    predictions = predict_on_spark(session, request["settings"], request["threshold"])
    predictions.write.parquet(str(folder / "scored"))
    counts = {
        "candidates": session.table("candidate_pair").count(),
        "scored": session.read.parquet(str(folder / "scored")).count(),
        "common keys": dict(map(tuple, _query(session, candidates.COUNT_COMMON_KEYS).collect())),
    }
    (folder / "counts.json").write_text(json.dumps(counts), encoding="utf-8")


def _create_view(session: "SparkSession", step: "Step") -> None:
    """Run a step that creates a table; it becomes a view of the same name."""
    import sqlglot  # noqa: PLC0415 - after the hook

    name = sqlglot.parse_one(step.sql, read="duckdb").this.name
    _query(session, step).createOrReplaceTempView(name)


def _query(session: "SparkSession", step: "Step") -> "DataFrame":
    """The rows of a step: a SELECT, or a table that is created from one."""
    import sqlglot  # noqa: PLC0415 - after the hook
    from sqlglot import exp  # noqa: PLC0415

    tree = sqlglot.parse_one(step.sql, read="duckdb")
    query = tree.expression if isinstance(tree, exp.Create) else tree
    for table in query.find_all(exp.Table):
        table.set("db", None)
    return session.sql(query.sql("spark"), args=dict(step.parameters))


def _keep(session: "SparkSession", view: str, folder: Path) -> None:
    """Write the rows of a view, so that they are worked out once."""
    file = str(folder / view)
    session.table(view).write.parquet(file)
    session.read.parquet(file).createOrReplaceTempView(view)


def _say(error: Exception, *, with_text: bool) -> str:
    """The class of an error and Spark's own name of it; with text, its first line instead."""
    cause = getattr(error, "java_exception", None)  # of an error that Spark did not translate
    kind = cause.getClass().getName() if cause else type(error).__name__
    condition = getattr(error, "getCondition", lambda: None)()
    text = (cause.getMessage() if cause else str(error)) if with_text else condition
    return f"{kind}: {text.strip().partition(chr(10))[0]}" if text else kind


if __name__ == "__main__":
    main()
