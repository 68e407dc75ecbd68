"""Each launcher's `dagster.yaml` is one that Dagster takes, and Kubernetes takes its jobs."""

import sys

import dagster as dg
import pytest
import yaml
from dagster._core.instance.config import dagster_instance_config_schema
from dagster._core.instance.ref import InstanceRef

from pipelines.process_environment import (
    INSTANCE_FILE,
    LAUNCHERS_DIR,
    dagster_environment,
    instance_config,
)
from pipelines.run_requests import LONG_TAG
from registry.settings import Settings
from schemas.errors import NotAllowed

CELERY = {"run_launcher": "celery", "celery_queue": "acme-runs", "max_concurrent_runs": 3}
KUBERNETES = {"run_launcher": "kubernetes", "kubernetes_image": "registry.example/rosterline:1"}


@pytest.fixture
def written(database, tmp_path, monkeypatch):
    """Writes the file of a home; gives its DAGSTER_HOME with the environment set."""

    def write(**changes):
        own = database.model_copy(update={"home": tmp_path / "home", **changes})
        for name, value in dagster_environment(own).items():
            monkeypatch.setenv(name, value)
        return own.dagster_dir

    return write


@pytest.mark.parametrize("changes", [{}, CELERY, KUBERNETES], ids=["in place", "celery", "k8s"])
def test_dagster_accepts_the_file_of_each_launcher(written, changes):
    home = written(**changes)
    config = yaml.safe_load((home / INSTANCE_FILE.name).read_text())
    schema = dagster_instance_config_schema()
    unknown = set(config) - set(schema)
    assert unknown == set()
    ref = InstanceRef.from_dir(str(home))
    assert ref.settings["run_monitoring"]["enabled"] is True
    with dg.DagsterInstance.from_ref(ref) as instance:
        assert instance.run_monitoring_enabled
        assert instance.run_retries_enabled
        assert instance.get_concurrency_config().pool_config.default_pool_limit == 5


@pytest.mark.parametrize("name", ["celery", "kubernetes"])
def test_a_part_changes_only_what_its_launcher_needs(name):
    part = yaml.safe_load((LAUNCHERS_DIR / f"{name}.yaml").read_text())
    assert set(part) == {"run_launcher", "run_monitoring"}
    assert set(part["run_monitoring"]) == {"start_timeout_seconds"}


def test_the_limits_are_those_of_the_settings():
    config = instance_config(Settings(max_concurrent_runs=20, max_concurrent_imports=12))
    assert config["concurrency"]["runs"]["max_concurrent_runs"] == 20
    assert config["concurrency"]["pools"]["default_limit"] == 12
    assert config["run_launcher"]["class"] == "WarmRunLauncher"


@pytest.mark.parametrize(("imports", "each"), [(1, 1), (2, 1), (3, 1), (5, 2), (12, 5)])
def test_runs_over_many_files_leave_a_place_for_others(imports, each):
    limits = limits_by_tag(instance_config(Settings(max_concurrent_imports=imports)))
    assert (limits[LONG_TAG], limits["dagster/backfill"]) == (each, each)
    assert limits[LONG_TAG] + limits["dagster/backfill"] < imports or imports < 3


def test_the_instance_file_of_the_checkout_has_the_limits_of_the_settings():
    checkout = yaml.safe_load(INSTANCE_FILE.read_text())
    assert limits_by_tag(checkout) == limits_by_tag(instance_config(Settings()))
    assert checkout["concurrency"]["pools"]["default_limit"] == Settings().max_concurrent_imports
    assert checkout["concurrency"]["runs"]["max_concurrent_runs"] == Settings().max_concurrent_runs


def limits_by_tag(config):
    limits = config["concurrency"]["runs"]["tag_concurrency_limits"]
    return {each["key"]: each["limit"] for each in limits}


def test_runs_are_sent_to_the_queue_of_this_installation_and_confirmed_at_their_end(written):
    ref = InstanceRef.from_dir(str(written(**CELERY)))
    app = ref.run_launcher.celery
    assert [queue.name for queue in app.conf.task_queues] == ["acme-runs"]
    assert app.conf.task_acks_late is True
    assert app.conf.worker_prefetch_multiplier == 1
    longest = ref.settings["run_monitoring"]["max_runtime_seconds"]
    assert app.conf.broker_transport_options["visibility_timeout"] > longest


@pytest.mark.parametrize(
    ("changes", "package"), [(CELERY, "dagster_celery"), (KUBERNETES, "dagster_k8s")]
)
def test_a_launcher_that_is_not_installed_is_told_of(monkeypatch, changes, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(NotAllowed, match=rf"pip install .*\[{changes['run_launcher']}\]"):
        instance_config(Settings(**changes))


def test_an_image_is_needed_for_kubernetes():
    with pytest.raises(ValueError, match="ROSTERLINE_KUBERNETES_IMAGE"):
        Settings(run_launcher="kubernetes")
