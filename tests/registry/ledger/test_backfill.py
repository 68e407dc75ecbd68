"""Which imports a backfill takes."""

from datetime import UTC, date, datetime

import pytest

from registry.accounts.accounts import add_account
from registry.ledger.backfill import imports_of_days, named_imports
from schemas.errors import NotAllowed, NotFound
from tests.importing import put

pytestmark = [
    pytest.mark.dated,
    pytest.mark.external_postgres,
]
# One row a file: when it was received (UTC), and its state.
FILES = {
    "before": ("2026-11-14T04:59", "completed"),
    "first": ("2026-11-14T05:00", "completed"),
    "second": ("2026-11-15T12:00", "failed"),
    "last": ("2026-11-16T04:59", "completed"),
    "after": ("2026-11-16T05:00", "completed"),
    "cancelled": ("2026-11-15T13:00", "cancelled"),
    "expired": ("2026-11-15T13:30", "expired"),
}
DAYS = date(2026, 11, 14), date(2026, 11, 15)


@pytest.fixture
def account(connection):
    return add_account(connection, "clinic", "ptdirect", time_zone="America/New_York")


@pytest.fixture
def imports(database, connection, account, tmp_path):
    def receive(at, state, **how):
        received = put(
            database, connection, account, "C1,Ada,Smith,1977,f\n", folder=tmp_path,
            received_at=datetime.fromisoformat(at).replace(tzinfo=UTC), **how,
        )  # fmt: skip
        connection.execute("UPDATE import SET state = %s WHERE id = %s", (state, received.id))
        return received

    made = {name: receive(*file) for name, file in FILES.items()}
    made["dry run"] = receive("2026-11-15T14:00", "completed", dry_run=True)
    return made


def test_days_are_those_of_the_accounts_zone_and_the_oldest_comes_first(
    connection, account, imports
):
    found = imports_of_days(connection, account, *DAYS)
    assert [each.id for each in found] == [imports[n].id for n in ("first", "second", "last")]


def test_a_day_of_23_hours_ends_when_its_clocks_say(database, connection, account, tmp_path):
    ends = datetime(2026, 3, 9, 4, tzinfo=UTC)  # midnight after the clocks went forward
    for minute in (59, 0):
        at = ends.replace(hour=3, minute=59) if minute else ends
        put(database, connection, account, "C1,A,B,1977,f\n", folder=tmp_path, received_at=at)
    connection.execute("UPDATE import SET state = 'completed'")
    (found,) = imports_of_days(connection, account, date(2026, 3, 8), date(2026, 3, 8))
    assert found.received_at < ends


def test_another_accounts_files_are_not_taken(connection, imports):
    other = add_account(connection, "other", "ptdirect")
    with pytest.raises(NotFound, match="'other' sent nothing from 2026-11-14 to 2026-11-15"):
        imports_of_days(connection, other, *DAYS)
    assert imports


def test_days_the_wrong_way_round_are_an_error(connection, account):
    with pytest.raises(NotAllowed, match="end before they begin"):
        imports_of_days(connection, account, *reversed(DAYS))


def test_named_ones_are_taken_once_each_the_oldest_first(connection, imports):
    keys = [imports["last"].partition_key, str(imports["first"].id)]
    keys.append(imports["last"].partition_key[-10:])
    found = named_imports(connection, keys)
    assert [each.id for each in found] == [imports["first"].id, imports["last"].id]


@pytest.mark.parametrize("state", ["waiting", "processing"])
def test_nothing_is_taken_while_one_of_them_is_under_way(connection, account, imports, state):
    of_second = (state, imports["second"].id)
    connection.execute("UPDATE import SET state = %s WHERE id = %s", of_second)
    for take in (
        lambda: imports_of_days(connection, account, *DAYS),
        lambda: named_imports(connection, [imports["second"].partition_key]),
    ):
        with pytest.raises(NotAllowed, match=f"is {state}; wait until it is over"):
            take()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("dry run", "is a dry run and changed no patient"),
        ("cancelled", "is cancelled and was never imported"),
        ("expired", "is expired and was never imported"),
    ],
)
def test_an_import_that_changed_no_patient_cannot_be_run_again(connection, imports, name, reason):
    with pytest.raises(NotAllowed, match=reason):
        named_imports(connection, [imports[name].partition_key])


def test_an_import_that_does_not_exist_is_an_error(connection, imports):
    with pytest.raises(NotFound, match="no import 'nonsense'"):
        named_imports(connection, [imports["first"].partition_key, "nonsense"])
