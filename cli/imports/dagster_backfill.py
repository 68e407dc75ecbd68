"""A backfill in Dagster: with its page in the UI, its queue and its limits."""

import time
from collections.abc import Sequence

from rich.status import Status

from cli import output
from cli.home import registry
from cli.services.dagster_webserver import ask
from registry.ledger.imports import Import, list_attempts
from registry.settings import Settings
from schemas.errors import NotAllowed, ServiceUnavailable

LOOK_SECONDS = 1.0
ASSETS = ("landed_files", "staged_patients", "matched_patients", "patients", "result_files")

_ADD = """
mutation Add($repository: RepositorySelector!, $key: String!) {
  addDynamicPartition(
    repositorySelector: $repository, partitionsDefName: "imports", partitionKey: $key
  ) { __typename ... on PythonError { message } ... on UnauthorizedError { message } }
}
"""
_LAUNCH = """
mutation Launch($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}
"""
_STATUS = """
query Status($id: String!) {
  partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { status } }
}
"""
_UNDER_WAY = ("REQUESTED", "CANCELING", "FAILING")
_REPOSITORY = {"repositoryName": "__repository__", "repositoryLocationName": "rosterline"}


def run_in_dagster(settings: Settings, batch: Sequence[Import]) -> None:
    """Launch a backfill over these imports, say where its page is, and wait for its end.

    Raises:
        ServiceUnavailable: the webserver does not answer, or refuses the backfill.
        NotAllowed: the backfill was ended in Dagster before all runs were over.
    """
    backfill = _launch(settings, [each.partition_key for each in batch])
    output.note(f"Backfill {backfill} runs in Dagster: {settings.run_url}/b/{backfill}")
    output.note("Ctrl-C leaves it running; its page follows it, and can cancel it.")
    before = _attempts(settings, batch)
    with output.errors.status("") as shown:
        while (status := _status(settings, backfill)) in _UNDER_WAY:
            _show(settings, shown, batch, before)
            time.sleep(LOOK_SECONDS)
    if status in ("CANCELED", "FAILED"):
        raise NotAllowed(f"backfill {backfill} is {status.lower()}: its page in Dagster says more")


def _launch(settings: Settings, keys: Sequence[str]) -> str:
    # A partition that was removed comes back; one that is there is left as it is.
    for key in keys:
        _require(ask(settings, _ADD, {"repository": _REPOSITORY, "key": key}))
    params = {
        "partitionNames": list(keys),
        "assetSelection": [{"path": [name]} for name in ASSETS],
        "title": f"rosterline backfill: {len(keys)} imports",
    }
    return str(_require(ask(settings, _LAUNCH, {"params": params}))["backfillId"])


def _require(answer: dict[str, dict[str, str]]) -> dict[str, str]:
    (found,) = answer.values()
    refused = found["__typename"] not in (
        "AddDynamicPartitionSuccess", "DuplicateDynamicPartitionError", "LaunchBackfillSuccess"
    )  # fmt: skip
    if refused:
        said = found.get("message", found["__typename"])
        raise ServiceUnavailable(f"The Dagster webserver says: {said}")
    return found


def _status(settings: Settings, backfill: str) -> str:
    found = ask(settings, _STATUS, {"id": backfill})["partitionBackfillOrError"]
    return str(found.get("status", "FAILED"))


def _attempts(settings: Settings, batch: Sequence[Import]) -> int:
    """How many attempts over these imports are over."""
    with registry(settings) as connection:
        found = [attempt for each in batch for attempt in list_attempts(connection, each.id)]
    return sum(attempt.finished_at is not None for attempt in found)


def _show(settings: Settings, shown: Status, batch: Sequence[Import], before: int) -> None:
    done = _attempts(settings, batch) - before
    shown.update(f"{done} of {len(batch)} imports are run again …")
