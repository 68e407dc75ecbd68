"""Results that are damaged or gone and that somebody asked for are made again by a run."""

import dagster as dg
import pytest

from assets.resources import RosterlineResource
from pipelines.definitions import defs
from pipelines.results_again import damaged_result_is_wanted, make_results_again
from registry.accounts.accounts import add_account
from registry.landing.receive import archived_path
from registry.landing.wanted_results import forget_wish, intact_or_wanted, list_wanted
from registry.ledger.results import find_result
from registry.store import store_of
from schemas.errors import ArchiveDamaged
from tests.files import care, john, maria
from tests.importing import process, put

# Dagster reads pydantic's old name of a class's fields when a resource has none.
pytestmark = [
    pytest.mark.filterwarnings("ignore:The `__fields__` attribute:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Parameter `backfill_policy`"),
]


@pytest.fixture
def home(database, tmp_path, monkeypatch):
    """Settings of this test, in the environment, as a Dagster process finds them."""
    own = database.model_copy(update={"home": tmp_path / "home"})
    for name, value in own.as_environment().items():
        monkeypatch.setenv(name, value)
    return own


@pytest.fixture
def results(home, connection, tmp_path):
    """The two results of an import, and their bytes."""
    account = add_account(connection, "clinic", "thoroughcare")
    content = care(maria(city="Rome"), john(born="soon"))
    done = process(home, connection, put(home, connection, account, content, folder=tmp_path))
    connection.commit()
    kinds = ("result", "failed_rows")
    found = [find_result(connection, home, done.imported, 1, kind) for kind in kinds]
    return done.imported, {each: each.store.read(each.key) for each in found}


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def tick(instance):
    """One evaluation of the sensor, as the daemon makes it."""
    with dg.build_sensor_context(
        instance=instance, resources={"rosterline": RosterlineResource()}
    ) as context:
        return damaged_result_is_wanted(context)


def run(instance):
    job = defs.resolve_job_def(make_results_again.name)
    assert job.execute_in_process(instance=instance).success


def at(home, result):
    """Where the store in folders has it."""
    return home.home / result.key


def damage(home, result):
    at(home, result).chmod(0o600)
    at(home, result).write_bytes(b"x" + at(home, result).read_bytes())


def test_results_that_were_asked_for_in_vain_are_made_again(home, results, instance):
    _, files = results
    assert isinstance(tick(instance), dg.SkipReason)
    for result in files:
        damage(home, result)
        with pytest.raises(ArchiveDamaged, match="being made again"):
            intact_or_wanted(home, result)
    assert isinstance(tick(instance), dg.RunRequest)
    run(instance)
    for result, content in files.items():
        assert intact_or_wanted(home, result).read_bytes() == content
    assert isinstance(tick(instance), dg.SkipReason)


def test_one_run_at_a_time_makes_results_again(home, results, instance):
    _, files = results
    result = next(iter(files))
    at(home, result).unlink()
    with pytest.raises(ArchiveDamaged):
        intact_or_wanted(home, result)
    job = defs.resolve_job_def(make_results_again.name)
    instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
    assert isinstance(tick(instance), dg.SkipReason)
    assert list_wanted(home) == [result.partition_key]


def test_what_cannot_be_made_again_is_tried_once_for_each_wish(home, results, instance):
    imported, files = results
    archive = archived_path(home, imported.sha256)
    archive.chmod(0o600)
    archive.write_bytes(b"other")
    result = next(iter(files))
    at(home, result).unlink()
    for _ in range(2):
        with pytest.raises(ArchiveDamaged):
            intact_or_wanted(home, result)
        assert isinstance(tick(instance), dg.RunRequest)
        run(instance)
        assert list_wanted(home) == []
        assert not at(home, result).exists()


def test_a_wish_for_an_import_that_is_not_known_holds_no_other(home, results, instance):
    _, files = results
    result = next(iter(files))
    damage(home, result)
    with pytest.raises(ArchiveDamaged):
        intact_or_wanted(home, result)
    store_of(home).put("wanted-results/0-nobody", b"")
    run(instance)
    assert result.intact_path()
    forget_wish(home, "0-nobody")
