"""A wrong clock dates its own file wrongly, and makes no other one lose."""

from datetime import timedelta

import pytest

from registry.accounts.accounts import add_account
from registry.landing.receive import receive
from registry.patients.patients import set_opt_out
from tests.files import care, maria
from tests.importing import process
from tests.nights import MONDAY
from tests.state import facts


@pytest.fixture
def clinic(database, connection, tmp_path):
    """Receives Maria's city by a clock that is so far off, as a door does; imports it as well."""
    account = add_account(connection, "clinic", "thoroughcare")
    connection.commit()

    class Clinic:
        minute = 0

        def receive(self, city, *, ahead=timedelta()):
            self.minute += 1
            path = tmp_path / "roster.csv"
            path.write_text(care(maria(city=city)))
            at = MONDAY + timedelta(minutes=self.minute) + ahead
            return receive(connection, database, account, path, source="cli", received_at=at)

        def send(self, city, **how):
            return self.run(self.receive(city, **how))

        def run(self, imported, **how):
            return process(database, connection, imported, **how)

        def opt_out(self, patient):
            at = MONDAY + timedelta(minutes=self.minute, seconds=30)
            set_opt_out(connection, account.id, patient, at, opt_out=True)
            connection.commit()

        @property
        def facts(self):
            (maria_facts,) = facts(connection, account.id).values()
            return maria_facts

        @property
        def city(self):
            return self.facts["address/home/city"]

    return Clinic()


@pytest.mark.parametrize(
    "ahead", [timedelta(days=3), timedelta(seconds=90), -timedelta(days=3)], ids=str
)
def test_files_after_one_with_a_wrong_clock_are_newer_than_it(clinic, ahead):
    clinic.send("Rome")
    wrong = clinic.send("Oslo", ahead=ahead)
    assert clinic.city == "Oslo", "nor does a clock that is behind make its own file lose"
    clinic.send("Bern")
    clinic.send("Lima")
    assert clinic.city == "Lima"
    clinic.run(wrong.imported, again=True)
    assert clinic.city == "Lima", "run again, it is still older than those"


def test_files_that_wait_are_ordered_as_they_came(clinic, connection):
    came = [
        clinic.receive(city, ahead=timedelta(days=d)) for d, city in ((0, "a"), (3, "b"), (0, "c"))
    ]
    ordered = connection.execute("SELECT id FROM import ORDER BY ordered_at").fetchall()
    assert ordered == [(each.id,) for each in came]
    assert [each.received_at < each.ordered_at for each in came] == [False, False, True]


def test_what_a_person_sets_is_newer_than_a_file_of_a_wrong_clock_before(clinic, connection):
    wrong = clinic.send("Rome", ahead=timedelta(days=3))
    clinic.opt_out(wrong.patient(2))
    changed = connection.execute("SELECT max(received_at) FROM patient_change").fetchone()[0]
    assert changed > wrong.imported.ordered_at
    later = clinic.receive("Bern")
    assert later.ordered_at > changed


def test_times_that_clocks_agree_about_are_kept(clinic):
    came = [clinic.receive("Rome") for _ in range(3)]
    assert [each.ordered_at for each in came] == [each.received_at for each in came]
