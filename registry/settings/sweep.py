"""What the sweep of a whole registry runs on."""

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from registry.settings.concern import ConcernSettings


class SweepSettings(ConcernSettings):
    """The sweep of a whole registry."""

    sweep_engine: Literal["duckdb", "spark"] = Field(
        "duckdb",
        description="What finds and scores the pairs of a sweep: `duckdb`, within the run's own "
        "process, or `spark`, for a registry whose pairs do not fit on one machine.",
    )
    spark_master: str = Field(
        "local[*]",
        min_length=1,
        description="Master of Spark, as spark://host:7077. Everything else is set as Spark is, by "
        "`spark-defaults.conf` in the folder that `SPARK_CONF_DIR` names.",
    )
    spark_folder: Path | None = Field(
        None,
        description="Folder that the sweep shares with all workers of Spark, under the same path "
        "on each of them. Patients' matching columns are in it while a sweep runs. Not set: the "
        "folder `matching` in the home folder, which is enough for a master on this machine.",
    )

    @field_validator("spark_folder")
    @classmethod
    def _absolute_spark_folder(cls, folder: Path | None) -> Path | None:
        return folder.expanduser().resolve() if folder else None
