"""Outcomes, changes and the state they lead to, for files against a real registry."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from registry.accounts.accounts import add_account
from schemas.canonical import confirmed_masks
from tests.files import care, john, maria
from tests.importing import process, put
from tests.state import facts, replayed

pytestmark = pytest.mark.external_postgres
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def clinic(connection):
    account = add_account(connection, "clinic", "thoroughcare")
    connection.commit()
    return account


@pytest.fixture
def send(database, connection, clinic, tmp_path):
    """Send a file of rows and process it; each is received an hour after the one before."""
    sent = []

    def send(*rows, **options):
        sent.append(rows)
        at = options.pop("received_at", NOON + timedelta(hours=len(sent)))
        imported = put(
            database, connection, clinic, care(*rows), folder=tmp_path, received_at=at, **options
        )
        return process(database, connection, imported)

    return send


@pytest.fixture
def facts_of(connection, clinic):
    return partial(_only_facts, connection, clinic)


def _only_facts(connection, account, patient_id):
    return facts(connection, account.id)[str(patient_id)]


def changes(connection, imported, line):
    row = connection.execute(
        "SELECT changes FROM patient_change WHERE import_id = %s AND line = %s",
        (imported.imported.id, line),
    ).fetchone()
    return None if row is None else row[0]


def confirmed(connection, imported, line):
    (bits,) = connection.execute(
        "SELECT confirmed FROM import_row WHERE import_id = %s AND line = %s",
        (imported.imported.id, line),
    ).fetchone()
    return {address for address, mask in confirmed_masks().items() if bits & mask}


def test_a_new_person_is_created_with_every_value_as_a_change_from_nothing(send, connection):
    done = send(maria(city="Rome"))
    assert done.outcomes == ["created"]
    assert changes(connection, done, 2) == {
        "first_name": [None, "Maria"],
        "last_name": [None, "Lopez"],
        "birth_date": [None, "1961-05-27"],
        "birth_year": [None, "1961"],
        "gender": [None, "F"],
        "identifier/ehr/value": [None, "E-1"],
        "address/home/city": [None, "Rome"],
    }


def test_the_same_row_again_is_unchanged_and_leaves_no_change(send, connection):
    send(maria(city="Rome"))
    again = send(maria(city="Rome"))
    assert again.outcomes == ["unchanged"]
    assert changes(connection, again, 2) is None


def test_a_change_carries_the_old_and_the_new_value(send, connection):
    send(maria(city="Rome", score="1"))
    later = send(maria(city="Oslo", score="2.5"))
    assert later.outcomes == ["updated"]
    assert changes(connection, later, 2) == {
        "address/home/city": ["Rome", "Oslo"],
        "risk_score": ["1", "2.5"],
    }


def test_a_blank_cell_changes_nothing(send, facts_of):
    first = send(maria(city="Rome", phone="212-555-0123"))
    second = send(maria(city="", phone=""))
    assert second.outcomes == ["unchanged"]
    assert facts_of(first.patient(2))["address/home/city"] == "Rome"


def test_row_3_updates_what_row_2_created(send, connection, facts_of):
    done = send(maria(city="Rome"), maria(city="Oslo", phone="212-555-0123"))
    assert done.outcomes == ["created", "updated"]
    assert done.patient(2) == done.patient(3)
    assert changes(connection, done, 3) == {
        "address/home/city": ["Rome", "Oslo"],
        "contact/phone/home/value": [None, "+12125550123"],
    }
    assert facts_of(done.patient(2))["address/home/city"] == "Oslo"


def test_set_clear_and_set_again_in_one_file_end_with_the_last_value(send, connection, facts_of):
    done = send(maria(city="Rome"), maria(city="#N/A"), maria(city="Oslo"))
    assert done.outcomes == ["created", "updated", "updated"]
    assert changes(connection, done, 3) == {"address/home/city": ["Rome", None]}
    assert changes(connection, done, 4) == {"address/home/city": [None, "Oslo"]}
    assert facts_of(done.patient(2))["address/home/city"] == "Oslo"


def test_a_cleared_value_is_gone_from_the_registry(send, facts_of):
    first = send(maria(city="Rome", phone="212-555-0123"))
    assert send(maria(city="#N/A", phone="#N/A")).outcomes == ["updated"]
    left = facts_of(first.patient(2))
    assert not [address for address in left if address.startswith(("address", "contact"))]


def test_clearing_what_is_not_there_changes_nothing(send):
    send(maria())
    assert send(maria(city="#N/A", flags="#N/A")).outcomes == ["unchanged"]


def test_sets_gain_and_never_lose(send, facts_of):
    first = send(maria(codes="E11.9; I10", flags="Fall risk", notes="one"))
    second = send(maria(codes="I10; J45", flags="Lives alone", notes="two"))
    assert second.outcomes == ["updated"]
    held = facts_of(first.patient(2))
    assert {v for a, v in held.items() if a.startswith("condition/")} == {"E11.9", "I10", "J45"}
    assert {v for a, v in held.items() if a.startswith("flag/")} == {"Fall risk", "Lives alone"}
    assert {v for a, v in held.items() if a.startswith("note/")} == {"one", "two"}


def test_a_department_keeps_the_spelling_that_the_account_saw_first(send, facts_of):
    first = send(maria(department="Heart Unit"), john(department="HEART UNIT"))
    second = send(john(department="heart unit"))
    assert second.outcomes == ["unchanged"]
    assert facts_of(first.patient(3))["department"] == "Heart Unit"


def test_confirmed_says_which_replaceable_values_a_row_carried(send, connection):
    done = send(maria(city="Rome", flags="Fall risk"), maria(phone="#N/A", notes="x"))
    always = {"first_name", "last_name", "birth_date", "birth_year", "gender"}
    always |= {"identifier/ehr/value"}
    assert confirmed(connection, done, 2) == always | {"address/home/city"}
    assert confirmed(connection, done, 3) <= always | {"contact/phone/home/value"}


def test_identifiers_of_two_patients_fail_the_row_and_change_neither(send, connection, clinic):
    send(maria(), {**john(), "ehr": "", "mbi": "1EG4-TE5-MK73"})
    before = facts(connection, clinic.id)
    done = send(maria(mbi="1EG4-TE5-MK73", city="Rome"))
    assert done.outcomes == ["errored"]
    assert done.codes(2) == ["identifier_conflict"]
    assert facts(connection, clinic.id) == before


def test_a_namesake_with_another_id_is_a_new_patient_and_goes_to_review(send, connection):
    first = send(maria())
    second = send(maria(ehr="E-77"))
    assert second.outcomes == ["created"]
    assert second.codes(2) == ["in_review"]
    pairs = connection.execute(
        "SELECT patient_id, other_patient_id, reason, state FROM review"
    ).fetchall()
    assert pairs == [(second.patient(2), first.patient(2), "identifier_differs", "open")]


def test_what_the_registry_holds_is_what_its_history_says(send, connection, clinic):
    send(maria(city="Rome", flags="A; B"), john(notes="x"), maria(city="#N/A", score="3"))
    send(john(notes="y", flags="C"), john(flags="#N/A"), maria(city="Oslo", flags="D"))
    assert facts(connection, clinic.id) == replayed(connection, clinic.id)


def test_a_dry_run_says_what_would_happen_and_changes_nothing(send, connection, clinic):
    send(maria(city="Rome"))
    before = facts(connection, clinic.id)
    done = send(maria(city="Oslo"), john(), dry_run=True)
    assert done.outcomes == ["updated", "created"]
    assert done.patient(3) is None
    assert facts(connection, clinic.id) == before


# What revision d0497d4 wrote for these rows, when bits followed the order of the declarations.
STORED_BITS = {2: 0x0010_401F, 3: 0x0080_401F}


def test_rows_are_written_with_the_bits_that_registries_hold(send, connection):
    send(maria(city="Rome", phone="212-555-0123"))
    done = send(maria(city="Rome"), maria(phone="212-555-0123"))
    stored = connection.execute(
        "SELECT line, confirmed FROM import_row WHERE import_id = %s", (done.imported.id,)
    ).fetchall()
    assert dict(stored) == STORED_BITS


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
