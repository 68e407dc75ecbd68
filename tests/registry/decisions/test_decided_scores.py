"""Decided precision by score."""

from uuid import UUID, uuid4

import pytest

from registry.accounts.accounts import add_account
from registry.decisions.decided_scores import DecidedRange, decided_by_score


@pytest.fixture
def account(connection):
    return add_account(connection, "clinic", "thoroughcare")


@pytest.fixture
def add_judged(connection, account):
    """Adds judged pairs by (score, state); returns their ids."""

    def added(*pairs) -> list[tuple[UUID, UUID]]:
        named = [(uuid4(), uuid4()) for _ in pairs]
        for ids, (weight, state) in zip(named, pairs, strict=True):
            connection.execute(
                "INSERT INTO review (patient_id, other_patient_id, account_id, reason, import_id,"
                " attempt, line, state, weight, judged_at, judged_by) VALUES"
                " (%s, %s, %s, 'similar', gen_random_uuid(), 1, 2, %s, %s,"
                " CASE WHEN %s <> 'open' THEN now() END, 'rita')",
                (*ids, account.id, state, weight, state),
            )
        return named

    return added


def counts(connection, account):
    found = decided_by_score(connection, account.id)
    return {each.title: (each.same, each.different) for each in found if each.judged}


def test_judged_pairs_are_counted_by_the_range_of_their_score(connection, account, add_judged):
    add_judged((3.9, "different"), (4.0, "different"), (14.9, "same"), (15.0, "same"),
               (16.0, "same"), (17.9, "different"), (44.0, "same"), (15.0, "open"),
               (None, "same"))  # fmt: skip
    assert counts(connection, account) == {
        "below 4": (0, 1),
        "4 to 6": (0, 1),
        "12 to 15": (1, 0),
        "15 to 18": (2, 1),
        "30 and more": (1, 0),
    }


def test_what_a_bulk_merge_merged_says_nothing_about_the_score(connection, account, add_judged):
    [seen, unseen, split] = add_judged((16, "same"), (16, "same"), (16, "different"))
    connection.execute(
        "INSERT INTO bulk_merge (id, account_id, lowest_weight, sample_size, next_place,"
        " created_at, created_by) VALUES (gen_random_uuid(), %s, 15, 1, 4, now(), 'rita')",
        (account.id,),
    )
    for place, (pair, is_merged) in enumerate(((seen, False), (unseen, True), (split, True)), 1):
        connection.execute(
            "INSERT INTO bulk_merge_pair SELECT id, %s, %s, %s, %s FROM bulk_merge",
            (place, *pair, is_merged),
        )
    assert counts(connection, account) == {"15 to 18": (1, 1)}


def test_other_accounts_do_not_count(connection, account, add_judged):
    add_judged((16, "same"))
    other = add_account(connection, "other", "thoroughcare")
    assert counts(connection, other) == {}
    assert counts(connection, account) == {"15 to 18": (1, 0)}


def test_few_judgements_leave_a_wide_interval():
    assert DecidedRange(8, 10, 0, 0).interval is None
    low, high = DecidedRange(8, 10, 10, 0).interval
    assert (round(low, 3), high) == (0.722, 1.0)
    low, high = DecidedRange(8, 10, 900, 100).interval
    assert (round(low, 2), round(high, 2)) == (0.88, 0.92)
