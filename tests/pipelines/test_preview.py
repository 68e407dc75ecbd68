"""*Preview tick result* in the UI: a real code server evaluates the tick, and nothing changes."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from pipelines.runs_of_imports import PARTITIONS
from registry.accounts.accounts import add_account
from registry.documents.plans import want
from registry.landing.drop_folder import PENDING, account_folder, ensure_folders
from registry.landing.receive import receive
from registry.landing.zones_in_use import keep_zones
from tests.dagster_ui import LOCATION, dagster_ui
from tests.taking_up import take_up_due

pytestmark = pytest.mark.slow

SENSORS = (
    "waiting_file_found",
    "nightly_file_left_over",
    "interrupted_import_found",
    "terminated_run_found",
    "document_queries_due",
    "potential_duplicates_due",
    "damaged_result_is_wanted",
    "something_to_tell",
)
_SENSOR = """
mutation Preview($selector: SensorSelector!) {
  sensorDryRun(selectorData: $selector, cursor: null) {
    __typename
    ... on DryRunInstigationTick {
      evaluationResult { runRequests { runKey } skipReason error { message } }
    }
    ... on PythonError { message }
  }
}
"""
_SCHEDULE = """
mutation Preview($selector: ScheduleSelector!, $at: Float!) {
  scheduleDryRun(selectorData: $selector, timestamp: $at) {
    __typename
    ... on DryRunInstigationTick {
      evaluationResult { runRequests { runKey } skipReason error { message } }
    }
    ... on PythonError { message }
  }
}
"""


@pytest.fixture
def home(database, tmp_path, monkeypatch):
    own = database.model_copy(
        update={
            "home": tmp_path / "home",
            "drop_quiet_seconds": 0.0,
            "notify_urls": "json://127.0.0.1:9",
        }
    )
    for name, value in own.as_environment().items():
        monkeypatch.setenv(name, value)
    return own


@pytest.fixture
def night(connection, home):
    """Files that arrived two days ago and today, of two accounts; one import was cut off."""
    ago = datetime.now(UTC) - timedelta(days=2)
    accounts = {
        cadence: add_account(connection, cadence.replace("_", "-"), "ptdirect", zone, cadence)
        for cadence, zone in (("nightly", "America/Detroit"), ("on_arrival", "UTC"))
    }
    connection.commit()
    keep_zones(home, ["America/Detroit"])
    for account in accounts.values():
        ensure_folders(home, account)
        for number, at in enumerate((ago, ago, datetime.now(UTC))):
            path = account_folder(home, account) / PENDING / f"{number}.csv"
            path.write_text(f"C{number},Ada,Smith,1977,f\n")
            receive(connection, home, account, path, source="drop", received_at=at)
    _completed_with_documents_wanted(connection, home)
    take_up_due(connection, limit=1, account=accounts["on_arrival"])
    connection.commit()


def _completed_with_documents_wanted(connection, home):
    """An import whose plan is open although there is no endpoint: one was removed since."""
    account = add_account(connection, "harbor", "metriport")
    connection.commit()
    ensure_folders(home, account)
    path = account_folder(home, account) / PENDING / "roster.csv"
    path.write_text("firstName\n")
    imported = receive(
        connection, home, account, path, source="drop", received_at=datetime.now(UTC)
    )
    connection.execute("UPDATE import SET state = 'completed' WHERE id = %s", (imported.id,))
    connection.execute(
        "INSERT INTO attempt (import_id, number, state) VALUES (%s, 1, 'finished')", (imported.id,)
    )
    want(connection, imported, configured=True)


def state(connection, home):
    """The ledger, and every file of the home with its content."""
    connection.rollback()
    tables = ("import", "attempt", "account", "document_plan", "document_query", "notification")
    rows = [connection.execute(f"SELECT * FROM {each} ORDER BY 1, 2").fetchall() for each in tables]
    files = {
        path: sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.home.rglob("*"))
        if path.is_file()
    }
    return rows, files


@pytest.mark.usefixtures("night")
def test_a_preview_changes_neither_the_ledger_nor_a_file(connection, home, tmp_path):
    before = state(connection, home)
    (tmp_path / "dagster").mkdir()
    with dagster_ui(tmp_path / "dagster") as ui:
        repository = {"repositoryName": "__repository__", "repositoryLocationName": LOCATION}
        asked = {}
        for name in SENSORS:
            tick = ui.ask(_SENSOR, selector={**repository, "sensorName": name})["sensorDryRun"]
            asked[name] = requests_of(tick)
            assert ui.workspace.instance.get_dynamic_partitions(PARTITIONS) == []
        midnight = datetime.now(UTC).replace(hour=5, minute=0, second=0, microsecond=0)
        selector = {**repository, "scheduleName": "nightly_import_america_detroit"}
        tick = ui.ask(_SCHEDULE, selector=selector, at=midnight.timestamp())["scheduleDryRun"]
        asked["schedule"] = requests_of(tick)
        assert ui.workspace.instance.get_runs() == []
    assert asked == {
        "waiting_file_found": 0,  # its account is busy
        "nightly_file_left_over": 1,
        "interrupted_import_found": 0,  # not yet
        "terminated_run_found": 0,
        "document_queries_due": 1,
        "potential_duplicates_due": 0,
        "damaged_result_is_wanted": 0,
        "something_to_tell": 1,
        "schedule": 1,
    }
    assert state(connection, home) == before


def requests_of(tick):
    assert tick["__typename"] == "DryRunInstigationTick", tick
    result = tick["evaluationResult"]
    assert result["error"] is None, result
    return len(result["runRequests"] or ())
