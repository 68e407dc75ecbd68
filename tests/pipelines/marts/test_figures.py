"""Days' figures after a backfill, an undo and a change of zone, built by dbt as people run it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from registry.accounts.accounts import add_account
from registry.database.connections import connect
from registry.decisions.undo import undo
from tests.files import care
from tests.pipelines.marts.conftest import EVENING

pytestmark = pytest.mark.slow

DAILY = (
    *("--select", "+mart_sender_quality_daily", "+mart_attempts_daily"),
    *("--indirect-selection", "cautious"),  # no test that also needs another model
)
THE_DAY = EVENING - timedelta(days=1)
"""Of the evening, in New York."""


def patients(count):
    return [
        {"first": f"Ada{n}", "last": "Qzxk", "born": "1950-01-01", "gender": "F", "ehr": f"e-{n}"}
        for n in range(count)
    ]


def received(night, columns):
    """A day's figures by the day of receipt."""
    return night.query(
        f"SELECT received_on::text, {columns} FROM marts.mart_sender_quality_daily"
        " WHERE account = 'harbor' ORDER BY 1"
    )


def worked(night):
    """What each day did."""
    return night.query(
        "SELECT finished_on::text, attempts, undone_attempts, created, updated, unchanged, errored"
        " FROM marts.mart_attempts_daily WHERE account = 'harbor' ORDER BY 1"
    )


@pytest.fixture
def harbor(night):
    """An account in New York with one file of five patients; one of them has no birth date."""
    with connect(night.settings) as connection:
        add_account(connection, "harbor", "thoroughcare", "America/New_York")
    bad = {**patients(5)[4], "born": "no date"}
    night.take_in("roster", "harbor", care(*patients(4), bad))
    return night


def test_figures_hold_after_a_backfill_a_change_of_zone_an_undo_and_another_attempt(
    harbor, subtests
):
    day = str(THE_DAY.date())
    counts = "files, undone_files, records, created, updated, unchanged, errored"
    harbor.build(*DAILY)
    with subtests.test("an import"):
        assert received(harbor, counts) == [(day, 1, 0, 5, 4, 0, 0, 1)]
        ((worked_on, *figures),) = worked(harbor)
        assert figures == [1, 0, 4, 0, 0, 1]
        assert [(worked_on,)] == harbor.query(
            "SELECT (attempt.finished_at AT TIME ZONE 'America/New_York')::date::text FROM attempt"
            f" WHERE import_id = '{harbor.imports['roster'].imported.id}'"
        )

    harbor.again("roster")
    with connect(harbor.settings) as connection:
        connection.execute("UPDATE account SET time_zone = 'Asia/Tokyo' WHERE name = 'harbor'")
    harbor.take_in("later", "harbor", care(patients(6)[5]), received_at=(now := datetime.now(UTC)))
    harbor.build(*DAILY)
    with subtests.test("a backfill leaves what the day created, and the zone leaves the day"):
        assert received(harbor, counts)[0] == (day, 1, 0, 5, 4, 0, 4, 1)
        assert sum(attempts for _, attempts, *_ in worked(harbor)) == 3
        assert sum(created for _, _, _, created, *_ in worked(harbor)) == 4 + 1
    with subtests.test("a file after the change belongs to the new zone's day"):
        new_day = str(now.astimezone(ZoneInfo("Asia/Tokyo")).date())
        assert received(harbor, "files")[1:] == [(new_day, 1)]

    with connect(harbor.settings) as connection:
        undo(connection, harbor.imports["roster"].imported, "ann", datetime.now(UTC))
    harbor.build(*DAILY)
    with subtests.test("what was undone is not created any more, and the attempts say so"):
        assert received(harbor, counts)[0] == (day, 1, 1, 5, 0, 0, 4, 1)
        assert sum(undone for _, _, undone, *_ in worked(harbor)) == 2
        assert sum(created for _, _, _, created, *_ in worked(harbor)) == 4 + 1

    harbor.again("roster")
    harbor.build(*DAILY)
    with subtests.test("imported again after the undo, it counts once"):
        assert received(harbor, counts)[0][:4] == (day, 1, 0, 5)
        standing = harbor.query(
            "SELECT count(*) FROM patient JOIN account ON account_id = account.id"
            " WHERE account.name = 'harbor'"
        )
        assert sum(created for _, created in received(harbor, "created")) == standing[0][0] == 5
