"""The rows that are kept for pages: what is in them, in which order, and when they are gone."""

import pytest

from registry.accounts.accounts import add_account
from registry.keeping.files import prune_results
from registry.ledger.kept_rows import Change, Wanted, find_kept
from tests.clock import days_ago
from tests.importing import process, put

BEFORE = "C-1,Ann,Émond,1977,f,ann@example.com,,,\nC-2,Bob,Able,1970,m,,,,\n"
AFTER = (
    "C-1,Ann,Émond,1977,f,new@example.com,,,\n"
    "C-2,Bob,Able,1970,m,,,,\n"
    "C-3,Cleo,Zand,1980,f,no address,,,\n"
    "C-4,Dan,Able,1066,m,,,,\n"
)


@pytest.fixture
def kept(database, connection, tmp_path):
    """A check of four rows: updated, unchanged, created with a warning, failed."""
    clinic = add_account(connection, "clinic", "ptdirect")
    for roster, is_check in ((BEFORE, False), (AFTER, True)):
        imported = put(
            database, connection, clinic, roster, folder=tmp_path, name="r.csv", dry_run=is_check
        )
        process(database, connection, imported)
    return find_kept(database, imported.partition_key, 1)


def lines(kept, **wanted):
    return [row.line for row in kept.page(Wanted(**wanted), 50)]


def test_a_row_has_its_cells_its_key_its_name_and_what_a_check_would_change(kept):
    first, _, third, _ = kept.page(Wanted(), 50)
    assert (first.line, first.outcome, first.key, first.name) == (1, "updated", "C-1", "Ann Émond")
    assert list(first.cells.values()) == ["C-1", "Ann", "Émond", "1977", "f", "new@example.com"]
    assert kept.columns == [0, 1, 2, 3, 4, 5]
    assert first.changes == (
        Change("contact", "email/main", "value", "ann@example.com", "new@example.com"),
    )
    assert first.patient_id is not None
    assert (third.outcome, third.changes, third.patient_id) == ("created", (), None)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, [1, 2, 3, 4]),
        ({"kind": "errored"}, [4]),
        ({"kind": "warnings"}, [3]),
        ({"code": "email_not_stored"}, [3]),
        ({"text": "emond"}, [1]),
        ({"text": "É"}, [1]),
        ({"text": "c-4"}, [4]),
        ({"text": "2"}, [2]),
        ({"text": "nobody"}, []),
        ({"sort": "name"}, [2, 4, 1, 3]),
        ({"sort": "outcome"}, [4, 1, 3, 2]),
    ],
)
def test_rows_are_filtered_found_and_sorted(kept, wanted, expected):
    assert lines(kept, **wanted) == expected
    assert kept.count(Wanted(**wanted)) == len(expected)


@pytest.mark.parametrize("sort", ["line", "name", "outcome"])
def test_pages_follow_one_another_without_gaps(kept, sort):
    whole, found, after = lines(kept, sort=sort), [], 0
    while page := kept.page(Wanted(sort=sort, after=after), 1):
        found += [row.line for row in page]
        after = found[-1]
    assert found == whole


def test_kept_rows_go_when_results_go(kept, database, connection):
    assert kept
    own = database.model_copy(update={"keep_results_days": 30})
    keys = connection.execute("SELECT partition_key FROM import").fetchall()
    prune_results(connection, own, days_ago(-10, "12:00"), dry_run=False)
    assert all(find_kept(own, key, 1) for (key,) in keys)
    prune_results(connection, own, days_ago(-40, "12:00"), dry_run=False)
    assert not any(find_kept(own, key, 1) for (key,) in keys)
