"""The marts as assets: `dbt build`, one build at a time, with metadata for the UI."""

from collections.abc import Iterator
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliInvocation, DbtCliResource, DbtProject, dbt_assets
from dagster_dbt.core.dbt_event_iterator import DbtEventIterator
from packaging.version import Version
from pydantic import Field

from assets.resources import RosterlineResource
from pipelines.marts import views
from pipelines.marts.column_lineage import KeptLineage, with_columns
from pipelines.marts.dbt_files import DBT, DBT_DIR
from pipelines.marts.project import manifest_of
from pipelines.marts.translator import OWNERS, MartsTranslator
from registry.marts.build_lock import only_build
from registry.settings import Settings

POOL = "marts"

ACCOUNTS = dg.AssetSpec(
    "accounts",
    group_name="registry",
    owners=list(OWNERS),
    kinds={"postgres"},
    metadata={"docs": dg.MetadataValue.path("docs/tasks/add-an-account.md")},
    description="""The customers, and how their files are read.

**Grain**: one row of `account` per customer; facilities and cohorts beside it.

**Source**: `rosterline account`, `facility` and `cohort`.

**Run again**: there is nothing to run.
""",
)


class Dbt(DbtCliResource):
    """dbt as installed in this environment."""

    @cached_property
    def _cli_version(self) -> Version:
        # dagster-dbt calls `dbt --version`, which asks the package index for newer versions.
        return Version(version("dbt-core"))


class Build(dg.Config):
    """How to build."""

    full_refresh: bool = Field(
        default=False,
        description="Build the incremental models anew from the whole ledger, for example after a "
        "change of their SQL.",
    )


def marts_of(project: DbtProject) -> dg.AssetsDefinition:
    """The assets of a project that has a manifest."""

    @dbt_assets(
        manifest=project.manifest_path,
        project=project,
        dagster_dbt_translator=MartsTranslator(),
        name="marts",
        pool=POOL,
    )
    def marts(
        context: dg.AssetExecutionContext, config: Build, dbt: Dbt, rosterline: RosterlineResource
    ) -> Iterator[Any]:
        limit_pool(context.instance)
        with rosterline.connect() as connection, only_build(connection):
            digest = Path(project.target_path).name
            everything = context.is_subset or config.full_refresh
            if not everything and views.are_current(connection, manifest_of(project), digest):
                options = views.WITHOUT_VIEWS
            else:
                options = ["--full-refresh"] if config.full_refresh else []
            yield from _built(context, dbt, options, rosterline.settings, digest)
            if not context.is_subset:
                views.note(connection, digest)

    return marts


def _built(
    context: dg.AssetExecutionContext,
    dbt: Dbt,
    options: list[str],
    settings: Settings,
    digest: str,
) -> Iterator[Any]:
    """The events of `dbt build`, with row counts, columns and their origins."""
    built = dbt.cli(
        # Unit tests check the SQL and not the data, so pytest runs them.
        ["build", "--exclude-resource-type", "unit_test", *options],
        context=context,
        # All builds share a folder, with dbt's log of the last build and its parsed files.
        target_path=settings.marts_dir / "build",
    )
    counted = _at_rest(built.stream(), built).fetch_row_counts()
    lineage = KeptLineage(settings.marts_dir / f"lineage-{digest}.json")
    yield from with_columns(_at_rest(counted, built), built, lineage)


def limit_pool(instance: dg.DagsterInstance) -> None:
    """Let one build run at a time, unless a person has set another limit for the pool.

    dagster.yaml has one limit for all pools, so that of a single pool is kept in the instance.
    """
    storage = instance.event_log_storage
    if not storage.supports_global_concurrency_limits:
        return
    if POOL not in {pool.name for pool in storage.get_pool_limits() if not pool.from_default}:
        storage.set_concurrency_slots(POOL, 1)


def _at_rest(events: Iterator[Any], built: DbtCliInvocation) -> DbtEventIterator[Any]:
    """Collect all events before yielding the first; an error is raised after the last one.

    dagster-dbt adds metadata in threads, and keeps a core busy while it waits for the next event.
    That was half the processor time of a build.
    """
    kept: list[Any] = []
    ended: Exception | None = None
    try:
        # Not `extend`, which would lose the events before an error.
        for event in events:
            kept.append(event)  # noqa: PERF402
    except Exception as error:  # noqa: BLE001 - raised again below
        ended = error

    def replayed() -> Iterator[Any]:
        yield from kept
        if ended:
            raise ended

    return DbtEventIterator(replayed(), built)


def dbt() -> Dbt:
    """The resource that runs dbt."""
    return Dbt(project_dir=str(DBT_DIR), profiles_dir=str(DBT_DIR), dbt_executable=str(DBT))
