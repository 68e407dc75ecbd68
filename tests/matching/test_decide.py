"""Outcomes, changes and the state they lead to, for files against a real registry."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.accounts import add_account, list_accounts
from schemas.canonical import CONFIRMABLE
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
    return {"/".join(filter(None, a)) for i, a in enumerate(CONFIRMABLE) if bits & (1 << i)}


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


CELLS = st.fixed_dictionaries(
    {},
    optional={
        "ehr": st.sampled_from(["E-1", "E-2", "E-3"]),
        "phone": st.sampled_from(["2125550123", "2125550124", "#N/A"]),
        "city": st.sampled_from(["Rome", "Oslo", "#N/A", ""]),
        "notes": st.sampled_from(["one", "two", "#N/A"]),
        "flags": st.sampled_from(["red", "blue", "red; blue", "#N/A"]),
        "score": st.sampled_from(["1", "2.5", "#N/A"]),
        "codes": st.sampled_from(["I10", "E11.9 I10", "#N/A", ""]),
    },
)
FILES = st.lists(st.lists(CELLS, min_size=1, max_size=6), min_size=1, max_size=3)


@pytest.mark.slow
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(files=FILES)
def test_any_files_lead_where_a_dictionary_leads(database, connection, tmp_path, files):
    account = add_account(connection, f"clinic-{len(list_accounts(connection))}", "thoroughcare")
    connection.commit()
    naive: dict[str, dict[str, str]] = {}
    for number, cells in enumerate(files):
        rows = [maria(**{"ehr": "E-1", **row}) for row in cells]
        rows = [{**row, "last": f"Lopez{row['ehr'][-1]}"} for row in rows]
        imported = put(
            database, connection, account, care(*rows), folder=tmp_path,
            received_at=NOON + timedelta(minutes=number),
        )  # fmt: skip
        done = process(database, connection, imported)
        assert done.outcomes == [take(naive, row) for row in rows]
    held = facts(connection, account.id)
    assert {each["identifier/ehr/value"]: each for each in held.values()} == naive
    assert held == replayed(connection, account.id)


def take(naive: dict[str, dict[str, str]], row) -> str:
    """What one row does to patients known by their EHR id; returns its outcome."""
    before = naive.get(row["ehr"])
    after = dict(before or {})
    for address, value in _simple_facts(row).items():
        if value == "#N/A":
            after.pop(address, None)
        elif value:
            after[address] = value
    for key, prefix in (("notes", "note/"), ("flags", "flag/"), ("codes", "condition/")):
        if row.get(key) == "#N/A":
            after = {a: v for a, v in after.items() if not a.startswith(prefix)}
        else:
            after |= {_set_address(prefix, v): v for v in _elements(key, row.get(key, ""))}
    naive[row["ehr"]] = after
    if before is None:
        return "created"
    return "unchanged" if before == after else "updated"


def _simple_facts(row) -> dict[str, str]:
    phone = row.get("phone", "")
    return {
        "first_name": row["first"],
        "last_name": row["last"],
        "birth_date": row["born"],
        "birth_year": row["born"][:4],
        "gender": row["gender"],
        "identifier/ehr/value": row["ehr"],
        "contact/phone/home/value": f"+1{phone}" if phone.isdigit() else phone,
        "address/home/city": row.get("city", ""),
        "risk_score": row.get("score", ""),
    }


def _elements(key: str, cell: str) -> list[str]:
    if key == "notes":
        return [cell] if cell else []
    return [each for each in cell.replace(";", " ").split() if each]


def _set_address(prefix: str, value: str) -> str:
    import hashlib

    if prefix == "note/":
        return f"note/{hashlib.md5(value.encode(), usedforsecurity=False).hexdigest()}/body"
    return f"{prefix}{value}/{'name' if prefix == 'flag/' else 'code'}"
