"""A clinic, and the events of what it sends."""

import json
from functools import partial

import pytest
from openlineage.client.serde import Serde

from assets.lineage_events.ended import read_ended
from assets.lineage_events.events import events_of
from tests.collector import running_collector
from tests.nights import Clinic

JOB = "import_files"


@pytest.fixture
def clinic(database, connection, tmp_path):
    settings = database.model_copy(update={"home": tmp_path / "home"})
    return Clinic(settings, connection, tmp_path)


@pytest.fixture
def collector():
    with running_collector() as running:
        yield running


def work_of(done):
    """The work of an import that went through all stages."""
    return done.reports["result_files"].work


def events(clinic, done):
    """START, and COMPLETE or FAIL, as the JSON that is sent."""
    ended = read_ended(clinic.connection, work_of(done))
    return [json.loads(Serde.to_json(event)) for event in events_of(ended, JOB)]


@pytest.fixture
def events_of_attempt(clinic):
    return partial(events, clinic)


def lines(settings):
    """Every line of the files, in their order."""
    return [
        line
        for path in sorted(settings.lineage_dir.glob("*"))
        for line in path.read_text().splitlines()
    ]
