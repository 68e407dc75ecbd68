"""A registry that an older version made migrates, and takes files in as if nothing had happened."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from registry.accounts.accounts import Account, get_account
from registry.database.connections import connect_as_owner
from registry.database.row_level_security import as_account
from registry.decisions.judgements import Reviewer
from registry.decisions.merge import same
from registry.decisions.review_queue import list_pairs
from registry.decisions.undo import undo, undone_imports
from registry.landing.archive_copy import Archived
from registry.ledger.imports import Import, get_import
from registry.patients.history import read_record
from registry.requests.bulk_requests import accept, list_requests
from registry.settings import Settings
from registry.webhooks.outbox import list_deliveries
from tests.files import METRIPORT_HEADER, care, john, maria
from tests.importing import Imported, process, put
from tests.nights import MONDAY
from tests.state import facts
from tests.taking_up import take_up_due

NEXT_MONTH = MONDAY + timedelta(days=30)


@dataclass
class OldRegistry:
    """The upgraded registry, with the senders that it had."""

    settings: Settings
    connection: psycopg.Connection
    folder: Path

    def account(self, name: str) -> Account:
        return get_account(self.connection, name)

    def send(self, name: str, content: str, received_at: datetime = NEXT_MONTH) -> Imported:
        self.folder.mkdir(exist_ok=True)
        received = put(
            self.settings,
            self.connection,
            self.account(name),
            content,
            folder=self.folder,
            received_at=received_at,
        )
        return process(self.settings, self.connection, received)

    def imported(self, file_name: str) -> Import:
        found = self.connection.execute(
            "SELECT partition_key FROM import WHERE file_name = %s", (file_name,)
        ).fetchone()
        assert found is not None
        return get_import(self.connection, found[0])

    def patient(self, file_name: str, line: int):
        (found,) = self.connection.execute(
            "SELECT patient_id FROM import_row JOIN import ON import.id = import_row.import_id"
            " WHERE file_name = %s AND line = %s",
            (file_name, line),
        ).fetchall()
        return found[0]

    def value(self, patient, address: str) -> str | None:
        return facts(self.connection, self.account("clinic").id)[str(patient)].get(address)


@pytest.fixture
def old(upgraded, tmp_path):
    with connect_as_owner(upgraded) as connection:
        yield OldRegistry(upgraded, connection, tmp_path / "sent")
        connection.rollback()


def test_a_file_updates_and_confirms_patients_of_old_imports(old):
    done = old.send("clinic", care(maria(city="Oslo"), john(city="Graz", score="4")))
    assert done.outcomes == ["unchanged", "updated"]
    assert done.patient(2) == old.patient("day-0.csv", 2)
    assert old.value(done.patient(3), "address/home/city") == "Graz"


@pytest.mark.parametrize(
    ("name", "content", "outcomes"),
    [
        ("direct", "C-1,Ada,Uno,1970,f\nC-2,Bob,Due,1980,m\n", ["unchanged", "updated"]),
        (
            "harbor",
            f"{METRIPORT_HEADER}\nMaria,Lopez,1961-05-27,F,1 Main Street,Portland,ME,04101\n",
            ["unchanged"],
        ),
    ],
)
def test_the_other_formats_find_their_patients_too(old, name, content, outcomes):
    assert old.send(name, content).outcomes == outcomes


def test_the_bits_that_old_rows_confirmed_still_mean_the_same_values(old):
    # Day 3 confirmed Maria's city, and nothing else that this file of day 2 brings.
    late = old.send(
        "clinic",
        care(maria(city="Bern", score="7")),
        received_at=MONDAY + timedelta(days=2, hours=12),
    )
    maria_id = old.patient("day-0.csv", 2)
    assert late.outcomes == ["updated"]
    assert [issue["code"] for issue in late.issues] == ["kept_newer_value"]
    assert late.messages(2)[0].startswith("address/home/city: kept newer value")
    assert old.value(maria_id, "address/home/city") == "Oslo"
    assert old.value(maria_id, "risk_score") == "7"


def test_an_old_import_is_undone_but_for_what_a_later_one_confirmed(old):
    imported = old.imported("day-1.csv")
    undone = undo(old.connection, imported, "rita@clinic.test", NEXT_MONTH)
    assert (undone.removed, undone.changed, undone.kept) == (0, 1, 1)
    assert list(undone_imports(old.connection, [imported.id])) == [imported.id]
    # Maria's Oslo was confirmed on day 3; John's Lima was not, and he had Bern before.
    assert old.value(old.patient("day-0.csv", 2), "address/home/city") == "Oslo"
    john_id = old.patient("day-0.csv", 3)
    assert old.value(john_id, "address/home/city") == "Bern"
    assert old.value(john_id, "risk_score") is None


def test_what_the_old_version_undid_stays_undone(old):
    imported = old.imported("day-2.csv")
    (undone,) = undone_imports(old.connection, [imported.id]).values()
    assert (undone.user_name, undone.removed, undone.changed) == ("rita@clinic.test", 1, 1)


def test_an_old_value_still_names_the_file_and_the_row_it_came_from(old):
    record = read_record(old.connection, old.account("clinic").id, old.patient("day-0.csv", 2))
    origins = {
        fact.address: (fact.origin.file_name, fact.origin.line)
        for fact in record.facts
        if fact.origin is not None
    }
    assert origins["address/home/city"] == ("day-1.csv", 2)
    assert origins["last_name"] == ("day-0.csv", 2)
    assert [change.values.get("address/home/city") for change in record.changes] == [
        ("Paris", "Oslo"),
        ("Oslo", "Paris"),
        ("Rome", "Oslo"),
        (None, "Rome"),
    ]


def test_an_identifier_of_a_merged_patient_still_leads_to_the_one_who_stayed(old):
    ana = {"first": "Ana", "last": "Silva", "born": "1948-03-04", "gender": "F"}
    done = old.send("clinic", care({**ana, "ehr": "E-3"}, {**ana, "ehr": "E-30"}))
    surviving = old.patient("day-3.csv", 3)
    assert [row["patient_id"] for row in done.rows] == [surviving, surviving]


def test_an_old_pair_can_be_judged(old):
    account = old.account("clinic")
    (pair,) = list_pairs(old.connection, account.id, "open", 10)
    old.connection.commit()
    with as_account(old.connection, account.id):
        reviewer = Reviewer(account.id, "rita@clinic.test", NEXT_MONTH)
        decision = same(old.connection, reviewer, pair.younger.id, pair.older.id)
    assert (decision.changed, decision.removed) == (1, 1)
    assert list_pairs(old.connection, account.id, "open", 10) == []


def test_old_requests_and_webhooks_go_on(old):
    harbor = old.account("harbor")
    assert [each.http_status for each in list_deliveries(old.connection, harbor.id, 10)] == [500]
    (waiting,) = [
        request
        for request in list_requests(old.connection, harbor.id, 10)
        if request.status == "waiting"
    ]
    arrived = waiting.created_at + timedelta(minutes=1)
    accept(old.connection, harbor, waiting.id, Archived("cd" * 32, 12), arrived)
    take_up_due(old.connection, limit=5, account=harbor)
    states = old.connection.execute(
        "SELECT state FROM webhook_message WHERE import_id = %s", (waiting.id,)
    ).fetchall()
    assert states == [("processing",)]
