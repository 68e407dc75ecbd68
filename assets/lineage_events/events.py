"""The events of an attempt that is over: START, and COMPLETE or FAIL.

One OpenLineage run is one attempt over one import. Its parent is the Dagster run, which may include
many attempts. All content comes from the ledger, so events that are made again are the same.
"""

from datetime import datetime
from functools import cache
from importlib import metadata
from uuid import UUID, uuid5

from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
from openlineage.client.facet_v2 import JobFacet, RunFacet, set_producer
from openlineage.client.generated import parent_run
from openlineage.client.generated.documentation_job import DocumentationJobFacet
from openlineage.client.generated.error_message_run import ErrorMessageRunFacet
from openlineage.client.generated.job_type_job import JobTypeJobFacet
from openlineage.client.generated.ownership_job import Owner, OwnershipJobFacet
from openlineage.client.generated.processing_engine_run import ProcessingEngineRunFacet

from assets.lineage_events.datasets import input_of, outputs_of
from assets.lineage_events.ended import Ended
from registry.ledger.imports import Attempt
from schemas.issues import CODES


def run_id(attempt: Attempt) -> UUID:
    """The id of the attempt's run in events, computed from import and attempt."""
    return uuid5(attempt.import_id, f"attempt {attempt.number}")


def events_of(ended: Ended, parent_job: str) -> list[RunEvent]:
    """START, and COMPLETE or FAIL; `parent_job` is the job of the Dagster run.

    Raises:
        StorageUnavailable: the archived file is missing.
    """
    set_producer(f"urn:rosterline:{_version('rosterline')}")
    attempt = ended.work.attempt
    has_failed = attempt.state == "failed"
    facets = _run_facets(ended, parent_job)
    job = Job(ended.work.settings.openlineage_namespace, _job_name(ended), _job_facets())
    source = input_of(ended)
    started = RunEvent(
        eventTime=_time(attempt.started_at),
        eventType=RunState.START,
        run=Run(str(run_id(attempt)), facets),
        job=job,
        inputs=[source],
    )
    if has_failed:
        facets = {**facets, "errorMessage": _fault(attempt)}
    over = RunEvent(
        eventTime=_time(attempt.finished_at or attempt.started_at),
        eventType=RunState.FAIL if has_failed else RunState.COMPLETE,
        run=Run(str(run_id(attempt)), facets),
        job=job,
        inputs=[source],
        outputs=outputs_of(ended),
    )
    return [started, over]


@cache
def _version(package: str) -> str:
    return metadata.version(package)


def _job_name(ended: Ended) -> str:
    return f"imports.{ended.work.account.name}"


def _run_facets(ended: Ended, parent_job: str) -> dict[str, RunFacet]:
    facets: dict[str, RunFacet] = {
        "processing_engine": ProcessingEngineRunFacet(
            version=_version("dagster"),
            name="dagster",
            openlineageAdapterVersion=_version("rosterline"),
        )
    }
    parent = _uuid(ended.work.attempt.run_id)
    if parent is not None:
        facets["parent"] = parent_run.ParentRunFacet(
            run=parent_run.Run(str(parent)),
            job=parent_run.Job(ended.work.settings.openlineage_namespace, parent_job),
        )
    return facets


def _job_facets() -> dict[str, JobFacet]:
    return {
        "jobType": JobTypeJobFacet(
            processingType="BATCH", integration="ROSTERLINE", jobType="IMPORT"
        ),
        "documentation": DocumentationJobFacet(
            "Takes an account's files into the patient registry; a run is one attempt over one."
        ),
        "ownership": OwnershipJobFacet(owners=[Owner("team:data-engineering")]),
    }


def _fault(attempt: Attempt) -> ErrorMessageRunFacet:
    """The fault by its code only, because the ledger's reason may quote the file's first line."""
    code = attempt.fault_code or "unknown"
    meaning = f": {CODES[code].meaning}" if code in CODES else ""
    return ErrorMessageRunFacet(message=f"{code}{meaning}", programmingLanguage="PYTHON")


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def _time(instant: datetime) -> str:
    return instant.isoformat()
