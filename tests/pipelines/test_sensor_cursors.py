"""The cursors in which sensors keep observations and times."""

import json

import pytest

from pipelines import sensor_cursors
from registry.landing.stability import FileObservation, FileStamp


def test_observations_are_kept_by_account(settings):
    seen = {
        "0a1b": FileObservation(FileStamp(1, 2, 3), 4.5, "key"),
        "2c": FileObservation(FileStamp(0, 0, 1), 1),
    }
    sensor_cursors.write_observations(settings, "acme", seen, {})
    assert sensor_cursors.read_observations(settings, "acme") == seen
    assert sensor_cursors.read_observations(settings, "other") == {}


def test_a_cursor_of_another_boot_is_empty():
    kept = json.loads(sensor_cursors.write_times({"a": 1.0}))
    assert sensor_cursors.read_times(json.dumps(kept | {"boot": "another"})) == {}


@pytest.mark.parametrize("cursor", [None, "", "no json", "[]", "{}", '{"boot": 1}'])
def test_a_cursor_of_another_shape_is_empty(cursor):
    assert sensor_cursors.read_times(cursor) == {}


def test_a_cursor_keeps_times():
    times = {"key#1": 12.5, "key#2": 3.0}
    assert sensor_cursors.read_times(sensor_cursors.write_times(times)) == times
