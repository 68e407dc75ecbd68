"""Header folding: the one place that says which headers are one."""

import pytest

from rosters.headers import fold_header, slot_of_name, slots_by_header
from schemas.catalogue import FORMATS, get_format


@pytest.mark.parametrize(
    ("format_name", "one", "other", "same"),
    [
        ("thoroughcare", "Patient First Name *", "patient_first-name", True),
        ("thoroughcare", "\ufeffZip", "zip", True),
        ("thoroughcare", "Zip", "Zip 2", False),
        ("metriport", "First Name", "firstName", True),
        ("metriport", "address-1", "address1", False),
    ],
)
def test_spellings_of_one_header_have_one_folded_form(format_name, one, other, same):
    file_format = get_format(format_name)
    assert (fold_header(one, file_format) == fold_header(other, file_format)) is same


@pytest.mark.parametrize("file_format", FORMATS.values(), ids=FORMATS)
def test_every_spelling_of_a_column_leads_to_its_slot(file_format):
    known = slots_by_header(file_format)
    for column in file_format.columns:
        assert {known[fold_header(header, file_format)] for header in column.headers} == {
            column.slot
        }


@pytest.mark.parametrize("file_format", FORMATS.values(), ids=FORMATS)
def test_the_name_that_an_issue_gives_leads_to_its_slot(file_format):
    for column in file_format.columns:
        assert slot_of_name(column.label, file_format) == column.slot
    for need in file_format.at_least_one:
        assert slot_of_name(need.slot, file_format) == need.slot
        assert fold_header(need.slot, file_format) not in slots_by_header(file_format)
    assert slot_of_name("Ada Sample 1960-01-01", file_format) is None
    assert slot_of_name("", file_format) is None


@pytest.mark.parametrize("file_format", FORMATS.values(), ids=FORMATS)
def test_reports_call_every_slot_by_one_label_and_the_unknown_by_none(file_format):
    assert {column.slot: file_format.label_of(column.slot) for column in file_format.columns} == {
        column.slot: column.label for column in file_format.columns
    }
    assert file_format.label_of(None) == file_format.label_of("no slot") == "another column"
