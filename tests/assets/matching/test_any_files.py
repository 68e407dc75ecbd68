"""Any sequence of files gives the same patients as updating a dictionary row by row."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.accounts.accounts import add_account, list_accounts
from tests.files import care, maria
from tests.importing import process, put
from tests.state import facts, replayed

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
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
def test_any_files_give_the_same_patients_as_a_dictionary(database, connection, tmp_path, files):
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
    if prefix == "note/":
        return f"note/{hashlib.md5(value.encode(), usedforsecurity=False).hexdigest()}/body"
    return f"{prefix}{value}/{'name' if prefix == 'flag/' else 'code'}"
