"""What of a file is far off the account's usual ones, and which files make up the norm."""

import pytest

from registry.accounts.accounts import add_account
from registry.accounts.hold_rules import change_hold_rules, hold_rules_of
from registry.ledger.usual_files import Measures, read_usual_files, what_is_unusual

FULL = hold_rules_of({"full_roster": True})
USUAL = [Measures(1000, 10, 0, 50)] * 5


def unusual(measures, usual=USUAL, rules=FULL):
    return [said.split(", ")[0] for said in what_is_unusual(measures, usual, rules)]


@pytest.mark.parametrize(
    ("measures", "said"),
    [
        (Measures(1000, 10, 0, 50), []),
        (Measures(700, 10, 0, 50), []),
        (Measures(699, 10, 0, 50), ["699 rows"]),
        (Measures(1301, 10, 0, 50), ["1,301 rows"]),
        (Measures(1000, 210, 0, 50), []),
        (Measures(1000, 211, 0, 50), ["211 failed rows"]),
        (Measures(1000, 10, 20, 50), []),
        (Measures(1000, 10, 21, 50), ["21 rows with another person's identifier"]),
        (Measures(1000, 10, 0, 172), []),
        (Measures(1000, 10, 0, 175), ["175 patients missing from the list"]),
    ],
)
def test_a_file_is_held_beyond_the_threshold_and_not_at_it(measures, said):
    assert unusual(measures) == said


def test_a_reason_has_the_figure_the_usual_one_and_what_is_allowed():
    (said,) = what_is_unusual(
        Measures(400, 4, 0, 50), USUAL, hold_rules_of({"hold_above": {"rows": 30}})
    )
    assert said == "400 rows, usually 1,000 (60 % off, up to 30 % is allowed)"
    (said,) = what_is_unusual(Measures(1000, 300, 0, 50), USUAL, FULL)
    assert said == (
        "300 failed rows, 30.0 % where 1.0 % is usual (up to 20 points more are allowed)"
    )


def test_without_history_nothing_is_held():
    assert unusual(Measures(1, 1, 1, 5000), USUAL[:4]) == []


def test_one_odd_file_does_not_move_the_norm():
    usual = [Measures(5, 5, 5, 900), *[Measures(1000, 10, 0, 50)] * 6]
    assert unusual(Measures(1000, 10, 0, 50), usual) == []
    assert unusual(Measures(5, 0, 0, 900), usual) == [
        "5 rows",
        "900 patients missing from the list",
    ]


def test_a_difference_of_few_rows_holds_no_small_file():
    assert unusual(Measures(2, 2, 2, 4), [Measures(6, 0, 0, 0)] * 5) == []


def test_who_was_missing_before_it_was_counted_is_not_known():
    usual = [Measures(1000, 10, 0, None)] * 10
    assert unusual(Measures(1000, 10, 0, 900), usual) == []


def test_an_empty_norm_is_no_division():
    assert unusual(Measures(50, 0, 0, 0), [Measures(0, 0, 0, 0)] * 5) == ["50 rows"]


class TestThresholds:
    def test_nothing_is_held_of_an_account_that_does_not_send_whole_lists(self):
        assert not hold_rules_of({}).hold_anything
        assert unusual(Measures(1, 1, 1, None), rules=hold_rules_of({})) == []

    def test_an_account_has_thresholds_of_its_own_and_the_usual_ones_again(self, connection):
        account = add_account(connection, "clinic", "thoroughcare")
        account = change_hold_rules(
            connection, account, full_roster=True, thresholds={"rows": 80.0, "errors": None}
        )
        rules = hold_rules_of(account.settings)
        assert (rules.rows, rules.missing, rules.errors) == (80.0, 10.0, None)
        account = change_hold_rules(connection, account, thresholds={})
        assert hold_rules_of(account.settings) == FULL


class TestTheNorm:
    @pytest.fixture
    def account(self, connection):
        return add_account(connection, "clinic", "thoroughcare")

    @pytest.fixture
    def good(self, connection, account, receive):
        """An imported file with this many rows; `import` columns as they are given."""

        def make(records, state="finished", source="sftp", **columns):
            one = receive(account, source=source)
            columns = {"state": "completed", **columns}
            assigned = ", ".join(f"{name} = %({name})s" for name in columns)
            connection.execute(
                f"UPDATE import SET {assigned} WHERE id = %(id)s", columns | {"id": one.id}
            )
            connection.execute(
                "INSERT INTO attempt (import_id, number, state, finished_at, records, errored)"
                " VALUES (%s, 1, %s, now(), %s, 0)",
                (one.id, state, records),
            )
            return one

        return make

    def test_is_the_last_ten_good_files_before_the_import(self, connection, good):
        for records in range(12):
            good(records)
        late = good(100)
        found = read_usual_files(connection, late)
        assert [each.records for each in found] == [*range(11, 1, -1)]

    def test_what_is_no_roster_that_came_by_itself_does_not_count(
        self, connection, good, receive, account
    ):
        good(1)
        good(2, dry_run=True)
        good(3, source="portal")
        good(4, state="failed")
        good(5)
        undone = good(6)
        connection.execute(
            "INSERT INTO decision (id, account_id, kind, import_id, attempt, user_name, decided_at,"
            " changed, removed, restored, kept)"
            " VALUES (gen_random_uuid(), %s, 'undo', %s, 1, 'rita', now(), 0, 0, 0, 0)",
            (account.id, undone.id),
        )
        call = good(7, source="api")
        connection.execute(
            "INSERT INTO patient_call (import_id, account_id) VALUES (%s, %s)",
            (call.id, account.id),
        )
        good(8, format="ptdirect")
        found = read_usual_files(connection, receive(account))
        assert [each.records for each in found] == [5, 1]
