"""What an upload's first bytes say of it, told before it is received."""

import gzip
import io

import pytest

from gateway.portal.imports.first_look import LOOKED_AT_BYTES, refuse_at_sight
from registry.ledger.imports import list_imports
from schemas.catalogue import get_format
from schemas.errors import FileFault
from tests.gateway.portal.rosters import text_of

HEADER = "Patient First Name,Patient Last Name,Patient Birthday,Patient Gender,EHR ID\n"
ROW = "Ann,Sample,1961-05-27,F,00417-A\n"
CARE = get_format("thoroughcare")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"%PDF-1.7\n" + bytes(60), "not_csv"),
    ],
)
def test_what_no_check_would_take_is_refused_at_sight(data, code):
    with pytest.raises(FileFault) as fault:
        refuse_at_sight(io.BytesIO(data), CARE)
    assert fault.value.code == code


@pytest.mark.parametrize(
    "data",
    [
        b"Colour,Shape\nred,round\n",
        HEADER.replace("Patient Birthday", "Height").encode() + ROW.encode(),
        gzip.compress(b"whatever"),
    ],
)
def test_a_header_that_a_person_may_map_and_a_container_are_left_to_the_check(data):
    refuse_at_sight(io.BytesIO(data), CARE)


def test_a_format_that_needs_commas_says_so_at_sight():
    with pytest.raises(FileFault) as fault:
        refuse_at_sight(io.BytesIO(b"C1;Ada;Smith;1977;f\n" * 9), get_format("ptdirect"))
    assert fault.value.code == "wrong_delimiter"


@pytest.mark.parametrize("cut", ["é", '"\n'])
def test_a_cell_that_goes_on_past_the_look_is_no_fault(cut):
    before = HEADER.encode() + ROW.encode()
    filler = b"x" * (LOOKED_AT_BYTES - len(before) - 2)
    file = io.BytesIO(before + b'"' + filler + (cut * 8).encode() + b'"\n' + ROW.encode())
    refuse_at_sight(file, CARE)
    assert file.tell() == 0


def test_the_form_says_at_once_why_a_file_is_no_roster(ada, connection):
    page = ada.check("%PDF-1.7\n" + "\0" * 60)
    assert page.status_code == 422
    assert "not CSV; save it as CSV" in text_of(page)
    assert list_imports(connection) == []
