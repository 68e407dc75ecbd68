"""What intake remembers of drop folders from look to look."""

import json

import pytest

from registry.landing.observations import pack, read_observations, unpack, write_observations
from registry.landing.stability import FileObservation, FileStamp


def test_observations_are_kept_by_account(settings):
    seen = {
        "0a1b": FileObservation(FileStamp(1, 2, 3), 4.5, "key"),
        "2c": FileObservation(FileStamp(0, 0, 1), 1),
    }
    write_observations(settings, "acme", seen, {})
    assert read_observations(settings, "acme") == seen
    assert read_observations(settings, "other") == {}


def test_what_was_packed_before_a_reboot_is_forgotten():
    kept = json.loads(pack({"a": 1.0}))
    assert unpack(json.dumps(kept | {"boot": "another"})) == {}


@pytest.mark.parametrize("kept", [None, "", "no json", "[]", "{}", '{"boot": 1}'])
def test_text_of_another_shape_is_empty(kept):
    assert unpack(kept) == {}
