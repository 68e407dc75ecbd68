"""What a person sees and does in Dagster's UI, asked as the UI asks: through GraphQL.

Over the services that `rosterline up` starts, or over a code server alone, whose runs and backfills
this process executes.
"""

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import dagster as dg
from dagster._core.execution.api import execute_run
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import ModuleTarget
from dagster._daemon.backfill import execute_backfill_iteration
from dagster._utils.hosted_user_process import recon_job_from_origin
from dagster_graphql.test.utils import execute_dagster_graphql

from cli.services import dagster_webserver
from pipelines.process_environment import PROJECT_DIR
from registry.settings import Settings

LOCATION = "rosterline"
REPOSITORY = {"repositoryLocationName": LOCATION, "repositoryName": "__repository__"}
PATIENCE = 600.0
"""Seconds for an answer, or for a run: others may use the machine."""
OVER = ("SUCCESS", "FAILURE", "CANCELED")
LAUNCHED = [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING]

_ASSET = """
query Asset($key: AssetKeyInput!) {
  assetNodeOrError(assetKey: $key) {
    ... on AssetNode {
      assetPartitionStatuses {
        ... on DefaultPartitionStatuses {
          green: materializedPartitions
          red: failedPartitions
          blue: materializingPartitions
          grey: unmaterializedPartitions
        }
      }
    }
  }
}
"""
_CHECKS = """
query Checks($key: AssetKeyInput!) {
  assetNodeOrError(assetKey: $key) {
    ... on AssetNode {
      assetChecksOrError {
        ... on AssetChecks {
          checks {
            name
            executionForLatestMaterialization { status evaluation { description severity } }
          }
        }
      }
    }
  }
}
"""
_STALE = """
query Stale($key: AssetKeyInput!, $partition: String!) {
  assetNodeOrError(assetKey: $key) {
    ... on AssetNode {
      staleStatus(partition: $partition)
      staleCauses(partition: $partition) { reason }
      latestRunForPartition(partition: $partition) { runId status }
    }
  }
}
"""
_EXECUTIONS = """
query Executions($key: AssetKeyInput!, $name: String!, $partition: String!) {
  assetCheckExecutions(assetKey: $key, checkName: $name, limit: 5, partition: $partition) {
    status
    evaluation { description metadataEntries { label ... on TextMetadataEntry { text } } }
  }
}
"""
_RUN = """
query Run($id: ID!) {
  runOrError(runId: $id) {
    ... on Run {
      status
      eventConnection {
        events { __typename ... on ExecutionStepFailureEvent { error { message } } }
      }
    }
  }
}
"""


_BACKFILL = """
mutation Backfill($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}
"""
_BACKFILL_STATUS = """
query BackfillStatus($id: String!) {
  partitionBackfillOrError(backfillId: $id) {
    ... on PartitionBackfill { status runs(limit: 10) { id status } }
  }
}
"""
_RUN_STATUS = """
query RunStatus($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }
"""
_RUNS = """
query Runs($filter: RunsFilter) {
  runsOrError(filter: $filter, limit: 100) {
    ... on Runs { results { runId status jobName tags { key value } } }
  }
}
"""
_MATERIALISATION = """
query Materialisation($key: AssetKeyInput!, $partitions: [String!]) {
  assetOrError(assetKey: $key) {
    ... on Asset {
      assetMaterializations(partitions: $partitions, limit: 1) {
        runId
        timestamp
        metadataEntries { label ... on TextMetadataEntry { text } }
      }
    }
  }
}
"""
_OBSERVATION = """
query Observation($key: AssetKeyInput!) {
  assetOrError(assetKey: $key) {
    ... on Asset {
      assetObservations(limit: 1) {
        metadataEntries { label ... on MarkdownMetadataEntry { mdStr } }
      }
    }
  }
}
"""
_TERMINATE = """
mutation Terminate($id: String!) {
  terminateRun(runId: $id, terminatePolicy: SAFE_TERMINATE) {
    __typename
    ... on TerminateRunFailure { message }
    ... on PythonError { message }
  }
}
"""
_AUTOMATION = """
query Automation($selector: InstigationSelector!) {
  instigationStateOrError(instigationSelector: $selector) {
    ... on InstigationState {
      id
      status
      ticks(limit: 20) { timestamp endTimestamp status skipReason runIds error { message } }
    }
  }
}
"""
_START_SCHEDULE = """
mutation StartSchedule($selector: ScheduleSelector!) {
  startSchedule(scheduleSelector: $selector) {
    __typename
    ... on ScheduleStateResult { scheduleState { status } }
    ... on PythonError { message }
  }
}
"""
_STOP_SCHEDULE = """
mutation StopSchedule($id: String!) {
  stopRunningSchedule(id: $id) {
    __typename
    ... on ScheduleStateResult { scheduleState { status } }
    ... on PythonError { message }
  }
}
"""
_START_SENSOR = """
mutation StartSensor($selector: SensorSelector!) {
  startSensor(sensorSelector: $selector) { __typename ... on PythonError { message } }
}
"""
_STOP_SENSOR = """
mutation StopSensor($id: String!) {
  stopSensor(id: $id) { __typename ... on PythonError { message } }
}
"""
_PREVIEWED = """
evaluationResult {
  runRequests { runKey tags { key value } }
  dynamicPartitionsRequests { partitionKeys }
  skipReason
  error { message }
}
"""
_PREVIEW_SCHEDULE = f"""
mutation PreviewSchedule($selector: ScheduleSelector!, $timestamp: Float) {{
  scheduleDryRun(selectorData: $selector, timestamp: $timestamp) {{
    __typename
    ... on DryRunInstigationTick {{ {_PREVIEWED} }}
    ... on PythonError {{ message }}
  }}
}}
"""
_PREVIEW_SENSOR = f"""
mutation PreviewSensor($selector: SensorSelector!, $cursor: String) {{
  sensorDryRun(selectorData: $selector, cursor: $cursor) {{
    __typename
    ... on DryRunInstigationTick {{ {_PREVIEWED} }}
    ... on PythonError {{ message }}
  }}
}}
"""
_LAUNCH = """
mutation Launch($params: ExecutionParams!) {
  launchRun(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
  }
}
"""
_RE_EXECUTE = """
mutation ReExecute($params: ReexecutionParams!) {
  launchRunReexecution(reexecutionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
  }
}
"""


Found = TypeVar("Found")


class DagsterUi(ABC):
    """What the UI shows and does; colours and verdicts are by partition key.

    `ask` sends a query. `go_on` lets runs and backfills that were launched come further.
    """

    @abstractmethod
    def ask(self, query: str, **variables: object) -> Any: ...

    @abstractmethod
    def go_on(self) -> None: ...

    def until(self, check: Callable[[], Found], seconds: float = PATIENCE) -> Found:
        """What `check` gives as soon as it is true; the test fails if it never becomes true."""
        deadline = time.monotonic() + seconds
        while not (found := check()):
            assert time.monotonic() < deadline, "it did not happen in time"
            self.go_on()
        return found

    def colours(self, asset: str, keys: Sequence[str]) -> list[str]:
        """Green, red, blue or grey for each of these partitions, as the asset's page has them.

        `absent` where the page has no such partition.
        """
        node = self.ask(_ASSET, key={"path": [asset]})["assetNodeOrError"]
        statuses = node["assetPartitionStatuses"]
        in_turn = ("red", "blue", "green", "grey")
        having = {colour: frozenset(statuses[colour]) for colour in in_turn}
        return [next((each for each in in_turn if key in having[each]), "absent") for key in keys]

    def verdicts(self, asset: str) -> dict[str, str]:
        """What the list of an asset's checks shows of each: SUCCEEDED, FAILED …, or `-`."""
        node = self.ask(_CHECKS, key={"path": [asset]})["assetNodeOrError"]
        return {
            check["name"]: (check["executionForLatestMaterialization"] or {"status": "-"})["status"]
            for check in node["assetChecksOrError"]["checks"]
        }

    def verdict(self, asset: str, check: str, partition: str) -> dict[str, str]:
        """Status, description and metadata of a check's newest verdict over a partition."""
        found = self.ask(_EXECUTIONS, key={"path": [asset]}, name=check, partition=partition)
        if not found["assetCheckExecutions"]:
            return {"status": "-"}
        newest = found["assetCheckExecutions"][0]
        said = newest["evaluation"] or {"description": None, "metadataEntries": []}
        texts = {each["label"]: each.get("text") for each in said["metadataEntries"]}
        return {"status": newest["status"], "description": said["description"], **texts}

    def over(self, asset: str, check: str, keys: Sequence[str]) -> list[str]:
        """The status of a check's newest verdict over each of these partitions."""
        return [self.verdict(asset, check, key)["status"] for key in keys]

    def stale(self, asset: str, partition: str) -> Mapping[str, Any]:
        node = self.ask(_STALE, key={"path": [asset]}, partition=partition)["assetNodeOrError"]
        return dict(node)

    def run(self, run_id: str) -> tuple[str, str]:
        """Status of a run, and the error of its step as its page begins with it."""
        run = self.ask(_RUN, id=run_id)["runOrError"]
        errors = [
            event["error"]["message"]
            for event in run["eventConnection"]["events"]
            if event["__typename"] == "ExecutionStepFailureEvent"
        ]
        return run["status"], "\n".join(errors)

    def runs(self, **chosen: object) -> list[Mapping[str, Any]]:
        """The newest runs that Dagster's filter lets through, their tags as a dictionary."""
        found = self.ask(_RUNS, filter=chosen)["runsOrError"]["results"]
        return [{**run, "tags": {tag["key"]: tag["value"] for tag in run["tags"]}} for run in found]

    def made(self, asset: str, partition: str) -> Mapping[str, Any] | None:
        """The newest materialisation of a partition: run, time and texts of its metadata."""
        found = self.ask(_MATERIALISATION, key={"path": [asset]}, partitions=[partition])
        newest = found["assetOrError"]["assetMaterializations"]
        return newest[0] if newest else None

    def observed(self, asset: str) -> dict[str, str]:
        """The Markdown in the metadata of an asset's newest observation, by label."""
        newest = self.ask(_OBSERVATION, key={"path": [asset]})["assetOrError"]["assetObservations"]
        said = newest[0]["metadataEntries"] if newest else []
        return {each["label"]: each["mdStr"] for each in said if "mdStr" in each}

    def until_over(self, run_id: str) -> str:
        """The status with which a run ends."""

        def ended() -> str | None:
            status = str(self.ask(_RUN_STATUS, id=run_id)["runOrError"]["status"])
            return status if status in OVER else None

        return str(self.until(ended))

    def backfill(self, assets: Sequence[str], keys: Sequence[str]) -> tuple[str, list[str]]:
        """Launch a backfill and let it come to its end; its status, and the ids of its runs."""
        params = {"assetSelection": [{"path": [each]} for each in assets], "partitionNames": keys}
        launched = self.ask(_BACKFILL, params=params)["launchPartitionBackfill"]
        assert "backfillId" in launched, launched

        def ended() -> Mapping[str, Any] | None:
            now = self.ask(_BACKFILL_STATUS, id=launched["backfillId"])["partitionBackfillOrError"]
            return now if now["status"].startswith("COMPLETED") else None

        found = self.until(ended)
        assert found is not None
        return found["status"], [run["id"] for run in found["runs"]]

    def launch(self, job: str, tags: Mapping[str, str], assets: Sequence[str] = ()) -> str:
        """Launch a run of a job, or of these of its assets, with these tags; its id, once over."""
        params = {
            "mode": "default",
            "selector": {
                **REPOSITORY,
                "pipelineName": job,
                **({"assetSelection": [{"path": [each]} for each in assets]} if assets else {}),
            },
            "executionMetadata": {
                "tags": [{"key": name, "value": value} for name, value in tags.items()]
            },
        }
        return self._launched(self.ask(_LAUNCH, params=params)["launchRun"])

    def re_execute(self, run_id: str) -> str:
        """Click *Re-execute all* on the page of a run; the id of the new run, which is over."""
        params = {"parentRunId": run_id, "strategy": "ALL_STEPS"}
        return self._launched(self.ask(_RE_EXECUTE, params=params)["launchRunReexecution"])

    def _launched(self, answer: Mapping[str, Any]) -> str:
        assert answer["__typename"] == "LaunchRunSuccess", answer
        run_id = str(answer["run"]["runId"])
        self.until_over(run_id)
        return run_id

    def terminate(self, run_id: str) -> None:
        """Click *Terminate* on the page of a run."""
        answer = self.ask(_TERMINATE, id=run_id)["terminateRun"]
        assert answer["__typename"] == "TerminateRunSuccess", answer

    def automation(self, name: str) -> Mapping[str, Any]:
        """Status of a sensor or schedule, and its last ticks, the newest first."""
        found = self.ask(_AUTOMATION, selector={**REPOSITORY, "name": name})
        return dict(found["instigationStateOrError"])

    def stop(self, name: str, *, is_schedule: bool = False) -> None:
        """Switch a sensor or schedule off, and wait for the end of a tick that has begun."""
        mutation = _STOP_SCHEDULE if is_schedule else _STOP_SENSOR
        self.ask(mutation, id=self.automation(name)["id"])

        def is_quiet() -> bool:
            newest = self.automation(name)["ticks"][:1]
            return all(tick["status"] != "STARTED" for tick in newest)

        self.until(is_quiet)
        assert self.automation(name)["status"] == "STOPPED"

    def start(self, name: str, *, is_schedule: bool = False) -> None:
        """Switch a sensor or schedule on."""
        mutation, kind = (_START_SCHEDULE, "schedule") if is_schedule else (_START_SENSOR, "sensor")
        self.ask(mutation, selector={**REPOSITORY, f"{kind}Name": name})
        assert self.automation(name)["status"] == "RUNNING"

    def preview(self, name: str, at: float | None = None) -> Mapping[str, Any]:
        """*Preview tick result* of a sensor, or of a schedule at a time in seconds since 1970."""
        if at is None:
            selector: Mapping[str, object] = {**REPOSITORY, "sensorName": name}
            answer = self.ask(_PREVIEW_SENSOR, selector=selector, cursor=None)["sensorDryRun"]
        else:
            selector = {**REPOSITORY, "scheduleName": name}
            answer = self.ask(_PREVIEW_SCHEDULE, selector=selector, timestamp=at)["scheduleDryRun"]
        assert answer["__typename"] == "DryRunInstigationTick", answer
        found = dict(answer["evaluationResult"])
        assert found["error"] is None, found["error"]
        return found


class UiOfServices(DagsterUi):
    """The UI of the services of a home, over the webserver's HTTP endpoint."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def ask(self, query: str, **variables: object) -> Any:
        return dagster_webserver.ask(self._settings, query, variables, patience=PATIENCE)

    def go_on(self) -> None:
        time.sleep(0.5)


class UiOfCodeServer(DagsterUi):
    """The UI over an instance without services: its runs are executed in this process."""

    def __init__(self, workspace: WorkspaceProcessContext) -> None:
        self.workspace = workspace

    def ask(self, query: str, **variables: object) -> Any:
        context = self.workspace.create_request_context()
        answer = execute_dagster_graphql(context, query, variables=variables)
        assert not answer.errors, answer.errors
        return dict(answer.data)

    def go_on(self) -> None:
        """Make runs of backfills, and execute all that have not begun, as a launcher would."""
        for failure in execute_backfill_iteration(self.workspace, logging.getLogger("tests")):
            assert failure is None, failure
        instance = self.workspace.instance
        for run in instance.get_runs(dg.RunsFilter(statuses=LAUNCHED)):
            assert run.job_code_origin is not None
            execute_run(recon_job_from_origin(run.job_code_origin), run, instance)


@contextmanager
def dagster_ui(folder: Path) -> Iterator[UiOfCodeServer]:
    """An instance below `folder` and the UI over it, with a code server of its own.

    Runs that the UI launches are executed in this process, once it has answered.
    """
    overrides = {
        "run_launcher": {
            "module": "dagster._core.test_utils",
            "class": "MockedRunLauncher",
        },
        "run_coordinator": {
            "module": "dagster._core.run_coordinator",
            "class": "DefaultRunCoordinator",
        },
    }
    target = ModuleTarget(
        module_name="pipelines.definitions",
        attribute=None,
        working_directory=str(PROJECT_DIR),
        location_name=LOCATION,
    )
    with (
        dg.DagsterInstance.local_temp(str(folder), overrides=overrides) as instance,
        WorkspaceProcessContext(instance, target) as workspace,
    ):
        yield UiOfCodeServer(workspace)
