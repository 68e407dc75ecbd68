"""Keys of older imports in Dagster's database: as many as years of nights leave."""

from collections.abc import Mapping

import dagster as dg
import psycopg
import pytest

from pipelines.jobs import STAGES
from pipelines.runs_of_imports import PARTITIONS
from registry.database.connections import plain_url

NIGHTLY_FILES = 500

_KEYS = """
INSERT INTO dynamic_partitions (partitions_def_name, partition)
SELECT %(name)s, to_char(date '2023-11-26' + n / %(nightly)s, 'YYYY-MM-DD') || '_older_'
    || right(md5(n::text), 10)
FROM generate_series(0, %(count)s - 1) n
"""
_EVENTS = """
INSERT INTO event_logs (run_id, event, dagster_event_type, timestamp, asset_key, partition)
SELECT md5(partition), '{}', 'ASSET_MATERIALIZATION', now() - interval '1 day', %(asset)s, partition
FROM dynamic_partitions WHERE partition LIKE '%%_older_%%' ORDER BY id
"""


def add_older_keys(environment: Mapping[str, str], count: int, present: int) -> list[str]:
    """Add a materialisation of each stage for `count` keys, of which the last `present` stay keys.

    Returns those that stay. `environment` is that of Dagster's processes.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        with dg.DagsterInstance.get() as instance:
            # So that Dagster knows the assets.
            for stage in STAGES if count else ():
                instance.report_runless_asset_event(dg.AssetMaterialization(stage))
    address = plain_url(environment["ROSTERLINE_DAGSTER_URL"])
    with psycopg.connect(address, autocommit=True) as dagster:
        terms = {"name": PARTITIONS, "nightly": NIGHTLY_FILES, "count": count}
        dagster.execute(_KEYS, terms)
        for stage in STAGES:
            dagster.execute(_EVENTS, {"asset": dg.AssetKey(stage).to_string()})
        dagster.execute(
            "DELETE FROM dynamic_partitions"
            " WHERE id <= (SELECT max(id) FROM dynamic_partitions) - %s",
            (present,),
        )
        dagster.execute("VACUUM ANALYZE")
        found = dagster.execute(
            "SELECT partition FROM dynamic_partitions WHERE partition LIKE '%_older_%' ORDER BY id"
        )
        return [key for (key,) in found]
