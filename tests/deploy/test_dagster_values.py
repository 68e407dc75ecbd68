"""Values for Dagster's official chart: what becomes dagster.yaml says what the checkout's says."""

import importlib.metadata
import importlib.util

import pytest
import yaml

from tests.deploy.conftest import DEPLOY, PROJECT

VALUES = yaml.safe_load((DEPLOY / "helm/dagster.values.yaml").read_text())
INSTANCE = yaml.safe_load((PROJECT / "dagster.yaml").read_text())
DAEMON = VALUES["dagsterDaemon"]
IMAGE = yaml.safe_load((DEPLOY / "helm/rosterline/values.yaml").read_text())["image"]


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def as_values(said):
    """A part of dagster.yaml in the chart's spelling."""
    if isinstance(said, dict):
        return {camel(name): as_values(value) for name, value in said.items()}
    return [as_values(each) for each in said] if isinstance(said, list) else said


def test_queue_pools_and_limits_are_those_of_the_checkout():
    wanted = as_values(INSTANCE["concurrency"])
    assert {name: VALUES["concurrency"][name] for name in wanted} == wanted
    queue = DAEMON["runCoordinator"]["config"]["queuedRunCoordinator"]
    assert queue == as_values(INSTANCE["run_queue"])


@pytest.mark.parametrize(
    ("part", "section", "differs"),
    [
        ("runMonitoring", "run_monitoring", {"startTimeoutSeconds"}),
        ("runRetries", "run_retries", set()),
        ("sensors", "sensors", set()),
        ("schedules", "schedules", set()),
    ],
)
def test_the_daemon_is_set_as_in_the_checkout(part, section, differs):
    wanted = as_values(INSTANCE[section])
    assert set(DAEMON[part]) == set(wanted)
    assert {k: v for k, v in DAEMON[part].items() if k not in differs} == {
        k: v for k, v in wanted.items() if k not in differs
    }


def test_what_dagster_keeps_is_kept_as_long_as_in_the_checkout():
    for part in ("sensor", "schedule"):
        wanted = as_values(INSTANCE["retention"][part]["purge_after_days"])
        found = VALUES["retention"][part]["purgeAfterDays"]
        if isinstance(wanted, dict):
            found = {name: days for name, days in found.items() if name in wanted}
        assert found == wanted


def test_the_version_is_the_locked_one():
    text = (DEPLOY / "helm/dagster.values.yaml").read_text()
    assert f"--version {importlib.metadata.version('dagster')}" in text


def test_dagsters_own_webserver_which_knows_no_users_does_not_run():
    assert VALUES["dagsterWebserver"]["replicaCount"] == 0


def test_code_locations_are_those_of_the_checkout_in_our_image():
    locations = yaml.safe_load((PROJECT / "workspace.yaml").read_text())["load_from"]
    wanted = {
        each["python_module"]["location_name"]: each["python_module"]["module_name"]
        for each in locations
    }
    found = {}
    for each in VALUES["dagster-user-deployments"]["deployments"]:
        arguments = each["codeServerArgs"]
        found[each["name"]] = arguments[arguments.index("--module-name") + 1]
        assert importlib.util.find_spec(found[each["name"]])
        assert (each["image"]["repository"], each["image"]["tag"]) == (
            IMAGE["repository"],
            IMAGE["tag"],
        )
        assert each["securityContext"]["readOnlyRootFilesystem"] is True
    assert found == wanted
