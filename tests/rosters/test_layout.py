"""Layouts that were kept: read back whole, or not at all."""

import json

import pytest

from rosters.layout import JSON_VERSION, Layout, layout_from_json
from rosters.read_layout import read_layout
from schemas.catalogue import get_format
from tests.rosters.files import ODD_FILES, odd
from tests.rosters.sources import MemoryBytes

CARE = get_format("thoroughcare")


@pytest.fixture
def layout() -> Layout:
    return read_layout(MemoryBytes(odd("", "Ward", "Ward", "").content), CARE)


@pytest.fixture
def stored(layout) -> dict[str, object]:
    return json.loads(json.dumps(layout.as_json()))


@pytest.mark.parametrize("file", ODD_FILES, ids=lambda file: file.name)
def test_a_layout_comes_back_as_it_was(file):
    layout = read_layout(MemoryBytes(file.content), file.file_format)
    stored = json.loads(json.dumps(layout.as_json()))
    assert layout_from_json(stored, file.file_format) == layout


def test_a_headerless_layout_comes_back_as_it_was():
    file_format = get_format("ptdirect")
    layout = read_layout(MemoryBytes(b"C-1,Ann,Sample,1977,f\n"), file_format)
    stored = json.loads(json.dumps(layout.as_json()))
    assert layout_from_json(stored, file_format) == layout


def test_none_was_kept(stored):
    assert layout_from_json(None, CARE) is None
    assert layout_from_json({}, CARE) is None
    assert layout_from_json(stored, CARE) is not None


def test_a_layout_from_before_containers_is_relied_on_as_its_file_may_be_gone(layout: Layout):
    kept = layout.as_json()
    older = {name: kept[name] for name in kept if name not in ("sheet", "member")}
    assert layout_from_json({**older, "version": 2}, CARE) == layout


@pytest.mark.parametrize(
    "change",
    [
        {"version": JSON_VERSION + 1},
        {"version": None},
        {"folded": ["first"]},
        {"width": "7"},
        {"width": 6},
        {"ours": [7]},
        {"unknown": [-1]},
        {"slots": {"birth_date": 7}},
        {"encoding": {"name": "utf-8"}},
        {"encoding": "utf-8"},
        {"slots": None},
        {"slots": {"a_slot_that_the_format_lost": 0}},
        {"notes": [["unknown_column"]]},
        {"headers": "First Name"},
    ],
    ids=str,
)
def test_what_other_code_wrote_is_not_relied_on(stored, change):
    assert layout_from_json(stored | change, CARE) is None


@pytest.mark.parametrize("name", ["encoding", "delimiter", "headers", "width", "ours", "notes"])
def test_a_field_that_is_missing_is_not_made_up(stored, name):
    del stored[name]
    assert layout_from_json(stored, CARE) is None


class TestIndexOf:
    def test_a_column_is_found_by_its_slot_whatever_it_is_called(self, layout):
        assert layout.index_of("birth_date", "any name") == 2
        assert layout.index_of("zip", "Zip") is None

    def test_an_unknown_column_is_found_by_its_name_if_no_other_has_it(self, layout):
        assert layout.column_names[4:] == ("Ward", "Ward", "column 7")
        assert layout.index_of(None, "Ward") is None
        assert layout.index_of(None, "column 7") == 6
        assert layout.index_of(None, "Floor") is None
        assert layout.index_of(None, None) is None

    def test_a_name_with_a_nul_is_known_as_the_ledger_writes_it(self):
        layout = read_layout(MemoryBytes(odd("", "Wa\0rd").content), CARE)
        assert layout.index_of(None, "Wa\ufffdrd") == 4

    def test_a_column_without_a_header_is_called_by_its_place(self):
        layout = read_layout(MemoryBytes(b"C-1,Ann,Sample,1977,f\n"), get_format("ptdirect"))
        assert layout.column_names[:2] == ("column 1", "column 2")
        assert layout.index_of(layout_slot(layout, 3), "column 4") == 3


def layout_slot(layout: Layout, index: int) -> str:
    return next(slot for slot, each in layout.slots.items() if each == index)
