"""Clusters: patients who are connected by pairs above the threshold, directly or through others.

Table in: `found_pair`, as assets/potential_duplicates/score.py makes it. They are only counted: the
queue finds the cluster of a pair among those that are open, because each judgement changes it
(registry/decisions/clusters.py).
"""

from dataclasses import dataclass

import duckdb

from assets.steps import StepFiles, run_steps

_STEPS = StepFiles(__file__)


@dataclass(frozen=True)
class ClusterCounts:
    """Clusters by size."""

    pairs: int = 0
    larger: int = 0
    largest: int = 0
    """How many patients the largest one has."""


def choose_everybody(connection: duckdb.DuckDBPyConnection) -> None:
    """Let `score_searched` search for all patients of the copy."""
    run_steps(connection, _STEPS["choose_everybody"])


def count_clusters(connection: duckdb.DuckDBPyConnection) -> ClusterCounts:
    """Count the connected components of the pairs."""
    run_steps(connection, _STEPS["list_edges"], _STEPS["list_nodes"])
    [(nodes,)] = connection.execute("SELECT count(*) FROM cluster_node").fetchall()
    if not nodes:
        return ClusterCounts()
    from splink import DuckDBAPI  # noqa: PLC0415 - takes a second
    from splink.clustering import cluster_pairwise_predictions_at_threshold  # noqa: PLC0415

    database = DuckDBAPI(connection)
    clusters = cluster_pairwise_predictions_at_threshold(
        database.register("cluster_node"),
        database.register("cluster_edge"),
        database,
        node_id_column_name="patient_id",
    )
    statement = _STEPS["count_clusters"].fill(clusters=clusters.physical_name)
    [counts] = connection.execute(statement.sql).fetchall()
    database.delete_tables_created_by_splink_from_db()  # type: ignore[no-untyped-call]
    return ClusterCounts(*counts)
