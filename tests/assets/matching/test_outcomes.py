"""The outcome of each row, and the bits of the values that it carried."""

import pytest

from schemas.canonical import confirmed_masks
from tests.assets.matching.stored_bits import STORED_BITS
from tests.files import john, maria

pytestmark = pytest.mark.external_postgres


def confirmed(connection, imported, line):
    (bits,) = connection.execute(
        "SELECT confirmed FROM import_row WHERE import_id = %s AND line = %s",
        (imported.imported.id, line),
    ).fetchone()
    return {address for address, mask in confirmed_masks().items() if bits & mask}


def test_confirmed_says_which_replaceable_values_a_row_carried(send, connection):
    done = send(maria(city="Rome", flags="Fall risk"), maria(phone="#N/A", notes="x"))
    always = {"first_name", "last_name", "birth_date", "birth_year", "gender"}
    always |= {"identifier/ehr/value"}
    assert confirmed(connection, done, 2) == always | {"address/home/city"}
    assert confirmed(connection, done, 3) <= always | {"contact/phone/home/value"}


def test_rows_are_written_with_the_bits_that_registries_hold(send, connection):
    send(maria(city="Rome", phone="212-555-0123"))
    done = send(maria(city="Rome"), maria(phone="212-555-0123"))
    stored = connection.execute(
        "SELECT line, confirmed FROM import_row WHERE import_id = %s", (done.imported.id,)
    ).fetchall()
    assert dict(stored) == STORED_BITS


def confirmed_items(connection, imported):
    """How many items of lists each row carried, by line; none where no hash is stored."""
    return dict(
        connection.execute(
            "SELECT line, cardinality(confirmed_items) FROM import_row WHERE import_id = %s",
            (imported.imported.id,),
        ).fetchall()
    )


def test_items_of_lists_are_kept_for_stored_patients_only(send, connection):
    created = send(maria(flags="A; B"))
    repeated = send(maria(flags="A; B; C"), john(flags="A"))
    assert not confirmed_items(connection, created)[2]
    assert confirmed_items(connection, repeated)[2] >= 3
    assert not confirmed_items(connection, repeated)[3]


def test_every_row_has_one_outcome_in_the_order_of_the_file(send):
    send(maria(city="Rome"), john())
    done = send(maria(city="Oslo"), john(), maria(ehr="E-9", born="no date"), john(ehr="E-3"))
    assert done.outcomes == ["updated", "unchanged", "errored", "created"]
    assert done.patient(4) is None
