"""Whatever is undone, in whatever order: the registry is that of the other files alone."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from registry.accounts.accounts import add_account
from registry.decisions.undo import undo
from registry.ledger.imports import get_import
from tests.files import care, john, maria
from tests.importing import process, put
from tests.nights import MONDAY
from tests.state import facts

pytestmark = pytest.mark.slow

CELLS = {
    "city": ["Rome", "Oslo", "#N/A", ""],
    "score": ["1", "2", "#N/A", ""],
    "flags": ["Frail", "Frail; Lives alone", "Lives alone", "#N/A", ""],
    "notes": ["Called", "#N/A", ""],
    "phone": ["212-555-0123", "212-555-0124", ""],
    "last": ["Lopez", "Lopes"],
}
rows = st.builds(
    lambda who, cells: who(**cells),
    st.sampled_from([maria, john]),
    st.fixed_dictionaries({name: st.sampled_from(values) for name, values in CELLS.items()}),
)
FILES = st.lists(st.lists(rows, min_size=1, max_size=3), min_size=2, max_size=3)
NUMBERS = iter(range(10**6))


def registry_of(connection, account):
    """Facts of each patient; ids follow from imports, which differ."""
    return sorted(sorted(each.items()) for each in facts(connection, account.id).values())


@pytest.fixture
def send_all(database, connection, tmp_path):
    """Gives a new account files by their days; returns it with what became of them."""

    def sent(files):
        account = add_account(connection, f"clinic-{next(NUMBERS)}", "thoroughcare")
        done = {
            day: process(
                database, connection,
                put(database, connection, account, care(*content), folder=tmp_path,
                    received_at=MONDAY + timedelta(days=day)),
            )
            for day, content in files.items()
        }  # fmt: skip
        return account, done

    return sent


@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(files=FILES, data=st.data())
def test_what_is_left_is_what_the_other_files_alone_would_make(
    send_all, connection, database, files, data
):
    account, done = send_all(dict(enumerate(files)))
    everything = registry_of(connection, account)
    undone = data.draw(st.lists(st.sampled_from(range(len(files))), unique=True, min_size=1))
    for day in undone:
        imported = get_import(connection, done[day].imported.partition_key)
        undo(connection, imported, "rita", datetime.now(UTC))
    others = {day: rows for day, rows in enumerate(files) if day not in undone}
    alone, _ = send_all(others)
    assert registry_of(connection, account) == registry_of(connection, alone)
    for day in sorted(undone):
        process(database, connection, done[day].imported, again=True)
    assert registry_of(connection, account) == everything
