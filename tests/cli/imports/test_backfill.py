"""`rosterline backfill` and `diff`, as an engineer types them."""

import json
from datetime import timedelta

import pytest

from registry.accounts.accounts import change_settings
from registry.ledger.imports import list_attempts
from tests.files import john, maria, tree
from tests.importing import process, put
from tests.nights import MONDAY, Clinic
from tests.state import dump

WEEK = ("--account", "clinic", "--from", "2026-11-16", "--to", "2026-11-17")


@pytest.fixture
def clinic(home, connection, tmp_path):
    return Clinic(home, connection, tmp_path)


@pytest.fixture
def nights(clinic):
    """Two nights, then a rule that accepts a level which the first night's file has."""
    change_settings(clinic.connection, clinic.account, {"risk_levels": ["High"]})
    sent = [
        clinic.send(0, maria(city="Rome", risk="Rising"), john(risk="Rising")),
        clinic.send(1, maria(city="Oslo", risk="High")),
    ]
    change_settings(clinic.connection, clinic.account, {"risk_levels": ["High", "Rising"]})
    clinic.connection.commit()
    return [each.imported for each in sent]


def said(result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


class TestPreview:
    def test_it_says_what_would_change_and_writes_nothing(
        self, rosterline, home, connection, nights
    ):
        before = dump(connection), tree(home.home)
        connection.commit()
        first, second = said(rosterline("backfill", *WEEK, "--dry-run", "--json"))
        assert (first["import"], second["import"]) == tuple(str(each.id) for each in nights)
        assert first["now"] == {"created": 2, "updated": 0, "unchanged": 0, "errored": 0}
        assert first["then"] == {"created": 0, "updated": 1, "unchanged": 1, "errored": 0}
        assert first["changed_rows"] == 1
        assert first["fields"] == {"risk_level": 1}
        assert first["kept_newer"] == {"address.city": 1, "risk_level": 1}
        assert second["changed_rows"] == 0
        assert (dump(connection), tree(home.home)) == before

    def test_a_person_sees_the_same(self, rosterline, nights):
        shown = rosterline("backfill", nights[0].partition_key, "--dry-run").stdout
        assert "2 → 0" in shown
        assert "values that would change: risk_level 1" in shown
        assert "values kept because newer: address.city 1, risk_level 1" in shown
        assert "Nothing was written." in shown
        assert "Each file was compared with the registry as it is now" not in shown

    def test_each_of_several_files_is_compared_with_the_registry_as_it_is(self, rosterline, nights):
        assert nights
        shown = rosterline("backfill", *WEEK, "--dry-run").stdout
        assert "Each file was compared with the registry as it is now" in shown


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            ((), "name imports, or all of --account, --from and --to"),
            (WEEK[:4], "name imports, or all of --account, --from and --to"),
            (("nonsense",), "no import 'nonsense'"),
            (("nonsense", *WEEK), "not both"),
            ((*WEEK[:5], "2026-11-31"), "--to '2026-11-31' is not a date; write YYYY-MM-DD"),
            ((*WEEK[:3], "soon", *WEEK[4:]), "--from 'soon' is not a date"),
            ((*WEEK[:5], "2026-11-01"), "the days end before they begin"),
            (("-a", "other", *WEEK[2:]), "no account 'other'"),
            ((*WEEK[:2], "--from", "2026-01-01", "--to", "2026-01-02"), "sent nothing"),
        ],
    )
    @pytest.mark.parametrize("mode", [(), ("--dry-run", "--json")], ids=["run", "dry run"])
    def test_before_anything_runs(self, rosterline, clinic, connection, arguments, expected, mode):
        assert clinic.account.name == WEEK[1]
        refused = rosterline("backfill", *arguments, *mode)
        assert refused.exit_code == 1
        assert expected in refused.stderr
        assert connection.execute("SELECT count(*) FROM attempt").fetchone() == (0,)

    def test_a_file_that_still_waits(self, rosterline, clinic, nights):
        assert nights
        clinic.receive(1, maria())
        refused = rosterline("backfill", *WEEK)
        assert refused.exit_code == 1
        assert "is waiting; wait until it is over" in refused.stderr


class TestDifference:
    def test_the_last_two_attempts_are_compared(self, rosterline, home, clinic, nights):
        process(home, clinic.connection, nights[0], again=True)
        clinic.connection.commit()
        found = said(rosterline("diff", nights[0].id, "--json"))
        assert [each["attempt"] for each in found["attempts"]] == [1, 2]
        assert [each["line"] for each in found["lines"]] == [3, 2]
        shown = rosterline("diff", nights[0].partition_key[-10:]).stdout
        assert "unknown_risk_level (Risk Level)" in shown
        assert "created" in shown
        for value in ("Maria", "Rome", "Rising"):
            assert value not in shown

    def test_only_the_first_twenty_lines_are_shown(self, rosterline, clinic):
        rows = [{**maria(), "ehr": f"M-{n}", "first": f"Ann{n}"} for n in range(23)]
        done = clinic.send(0, *rows)
        clinic.backfill(done)
        clinic.connection.commit()
        assert "and 3 more; --json has all" in rosterline("diff", done.imported.id).stdout
        found = said(rosterline("diff", done.imported.id, "--json"))
        assert len(found["lines"]) == found["differing_lines"] == 23

    def test_other_attempts_are_named(self, rosterline, clinic):
        done = clinic.send(0, maria())
        clinic.backfill(done)
        clinic.backfill(done)
        clinic.connection.commit()
        found = said(rosterline("diff", done.imported.id, "--attempts", 1, 3, "--json"))
        assert [each["attempt"] for each in found["attempts"]] == [1, 3]
        failed = rosterline("diff", done.imported.id, "--attempts", 1, 9)
        assert "no attempt 9; there are: 1, 2, 3" in failed.stderr

    def test_a_single_attempt_says_how_to_make_another(self, rosterline, clinic):
        done = clinic.send(0, maria())
        clinic.connection.commit()
        failed = rosterline("diff", done.imported.id)
        assert failed.exit_code == 1
        assert "rosterline backfill" in failed.stderr


@pytest.mark.slow
def test_a_backfill_makes_one_more_attempt_of_each_import_and_shows_the_outcome(
    rosterline, home, connection, clinic, nights, tmp_path
):
    at = MONDAY + timedelta(days=1, hours=1)
    broken = put(home, connection, clinic.account, b"PK", folder=tmp_path, received_at=at)
    process(home, connection, broken)
    connection.commit()
    ran = rosterline("backfill", *WEEK)
    assert ran.exit_code == 0, ran.stderr
    assert f"rosterline diff {nights[0].partition_key[-10:]}" in ran.stderr
    for imported in nights:
        attempts = list_attempts(connection, imported.id)
        assert [(each.number, each.state) for each in attempts] == [
            (1, "finished"),
            (2, "finished"),
        ]
        assert attempts[1].run_id != attempts[0].run_id
        (shown,) = (
            line for line in ran.stdout.splitlines() if imported.partition_key[-10:] in line
        )
        assert "completed" in shown
    counts = list_attempts(connection, nights[0].id)[1].counts
    assert counts == {"created": 0, "updated": 1, "unchanged": 1, "errored": 0}
    attempts = list_attempts(connection, broken.id)
    assert [each.state for each in attempts] == ["failed", "failed"]
    assert f"{broken.partition_key[-10:]}  {attempts[1].reason[:40]}" in ran.stdout


class TestHeldFiles:
    @pytest.fixture
    def held(self, clinic):
        clinic.send(
            0, maria(), john(), maria(first="Ada", last="Ash", born="1971-01-01", ehr="E-3")
        )
        done = clinic.send(
            1, maria(ehr="E-2"), john(ehr="E-3"),
            maria(first="Ada", last="Ash", born="1971-01-01", ehr="E-1"),
        )  # fmt: skip
        clinic.connection.commit()
        assert done.attempt.fault_code == "identities_changed"
        return done.imported

    def test_one_is_let_through_and_the_account_stays_as_it_is(self, rosterline, held, clinic):
        (run,) = said(rosterline("backfill", held.partition_key, "--let-through", "--json"))
        assert run["state"] == "completed"
        (let_through_by,) = clinic.connection.execute(
            "SELECT let_through_by FROM import WHERE id = %s", (held.id,)
        ).fetchone()
        assert let_through_by.endswith("command)")
        (settings,) = clinic.connection.execute("SELECT settings FROM account").fetchone()
        assert "identity_change_percent" not in settings

    def test_a_preview_lets_nothing_through(self, rosterline, held):
        ran = rosterline("backfill", held.partition_key, "--let-through", "--dry-run")
        assert ran.exit_code == 1
        assert "leave --dry-run out" in ran.stderr

    def test_a_file_that_was_not_held_is_refused(self, rosterline, nights):
        ran = rosterline("backfill", nights[0].partition_key, "--let-through")
        assert ran.exit_code == 1
        assert "was not held for its identity changes" in " ".join(ran.stderr.split())
