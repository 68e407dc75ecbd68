"""Where Dagster's runs are: beside the daemon, on Celery workers, or in a Kubernetes cluster."""

from typing import Literal, Self

from pydantic import Field, model_validator

from registry.settings.concern import ConcernSettings

RunLauncherName = Literal["in_place", "celery", "kubernetes"]


class RunSettings(ConcernSettings):
    """Runs, and who executes them.

    One setting chooses Dagster's run launcher; the assets and jobs are the same with each.
    """

    run_launcher: RunLauncherName = Field(
        "in_place",
        description="Who executes runs: `in_place`, processes of this machine; `celery`, "
        "Celery workers on any number of machines; `kubernetes`, a job of the cluster for each.",
    )
    max_concurrent_runs: int = Field(
        8,
        gt=0,
        description="Most runs that are under way at a time, on all machines together. Three of "
        "them are for document queries and the search for duplicates. With Celery: not more than "
        "all workers have slots.",
    )
    max_concurrent_imports: int = Field(
        5,
        gt=0,
        description="Most of these runs that take imports through their stages; each needs memory "
        "and connections. Runs of a backfill, and runs over many files of one account, may have "
        "less than half each, so that others find a place. It is the limit of each pool of Dagster "
        "that has none of its own.",
    )
    celery_broker_url: str = Field(
        "redis://127.0.0.1:6379/0",
        repr=False,  # it may carry a password
        pattern=r"^rediss?://",
        description="Redis or Valkey that takes runs to Celery workers, as "
        "redis://:password@host:port/database, or rediss:// for TLS.",
    )
    celery_queue: str = Field(
        "dagster",
        pattern=r"^[A-Za-z0-9._-]+$",
        description="Celery queue of this installation; two that share a Redis need two names.",
    )
    celery_workers: int = Field(
        1, ge=0, description="Celery workers that `rosterline up` starts on this machine."
    )
    celery_concurrency: int | None = Field(
        None,
        gt=0,
        description="Runs that one Celery worker executes at a time, a process each. Not set: one "
        "for each core.",
    )
    kubernetes_namespace: str = Field(
        "default", description="Namespace in which the cluster executes runs."
    )
    kubernetes_image: str | None = Field(
        None, description="Image of a run in the cluster; needed with `kubernetes`."
    )
    kubernetes_service_account: str = Field(
        "default", description="Service account of a run in the cluster."
    )
    kubernetes_config_map: str = Field(
        "dagster-instance",
        description="ConfigMap with the `dagster.yaml` of the daemon, which each run mounts.",
    )
    kubernetes_secret: str = Field(
        "rosterline",
        description="Secret whose entries are the environment of a run: `ROSTERLINE_DATABASE_URL`, "
        "`ROSTERLINE_DAGSTER_URL` and the like.",
    )

    @model_validator(mode="after")
    def _has_an_image(self) -> Self:
        if self.run_launcher == "kubernetes" and not self.kubernetes_image:
            raise ValueError(
                "ROSTERLINE_RUN_LAUNCHER is kubernetes, so ROSTERLINE_KUBERNETES_IMAGE must name "
                "the image of a run"
            )
        return self
