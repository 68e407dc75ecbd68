"""Old never beats new: which values of an older file are refused."""

from datetime import timedelta

import pytest

from tests.assets.matching.conftest import NOON
from tests.assets.matching.stored_bits import STORED_BITS
from tests.files import maria

pytestmark = pytest.mark.external_postgres


def test_bits_of_an_earlier_revision_keep_an_older_file_from_a_confirmed_value(
    send, connection, facts_of
):
    first = send(maria(city="Rome", phone="212-555-0123"), received_at=NOON)
    newer = send(maria(), received_at=NOON + timedelta(days=2))
    connection.execute(
        "UPDATE import_row SET confirmed = %s WHERE import_id = %s",
        (STORED_BITS[2], newer.imported.id),
    )
    send(maria(city="Oslo", phone="212-555-0199"), received_at=NOON + timedelta(days=1))
    held = facts_of(first.patient(2))
    assert held["address/home/city"] == "Rome"
    assert held["contact/phone/home/value"] == "+12125550199"


def test_a_refused_value_is_an_issue_that_names_the_newer_import(send):
    send(maria(city="Rome"), received_at=NOON)
    newer = send(maria(city="Oslo"), received_at=NOON + timedelta(days=2))
    late = send(maria(city="Bern", score="7"), received_at=NOON + timedelta(days=1))
    assert late.outcomes == ["updated"]
    assert late.codes(2) == ["kept_newer_value"]
    (message,) = late.messages(2)
    assert newer.imported.partition_key in message
    assert "Bern" not in message


def test_the_newest_file_is_refused_nothing(send, facts_of):
    first = send(maria(city="Rome"), received_at=NOON)
    newest = send(maria(city="Oslo"), received_at=NOON + timedelta(days=1))
    assert newest.codes() == []
    assert facts_of(first.patient(2))["address/home/city"] == "Oslo"
