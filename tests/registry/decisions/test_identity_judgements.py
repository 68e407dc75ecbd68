"""Rows that have another person's name and birth than their patient, judged by a reviewer."""

from datetime import timedelta

import pytest

from registry.database.row_level_security import as_account
from registry.decisions import identity_judgements
from registry.decisions.identity_reviews import list_identities
from registry.decisions.undo import undo
from registry.patients.history import read_record
from schemas.errors import NotAllowed, NotFound
from tests.files import john, maria
from tests.nights import MONDAY

JOHN = "C-1,John,Doe,1977,m,j@x.org,0012125551212,abc-123,Acme"
JANE = "C-1,Jane,Roe,1980,f,,,xyz-9"
BOB = "C-1,Bob,Poe,1944,m"
SHIFTED = john(ehr="E-1", city="Oslo", flags="Red; Blue", department="Cardio")
"""John under Maria's identifier."""

pytestmark = pytest.mark.external_postgres


class Judged:
    """An account whose reviewer judges changed identities within row-level security."""

    def __init__(self, reviewed):
        self.reviewed, self.connection = reviewed, reviewed.connection

    def __getattr__(self, name):
        return getattr(self.reviewed, name)

    def open(self):
        return list_identities(self.connection, self.account.id, "open", 100)

    def judge(self, act, review_id):
        self.connection.commit()
        with as_account(self.connection, self.account.id):
            decide = getattr(identity_judgements, act)
            return decide(self.connection, self.reviewer(), review_id)

    def only(self):
        """The facts of the account's only patient."""
        (facts,) = self.facts().values()
        return facts


@pytest.fixture
def care(reviewed):
    return Judged(reviewed)


@pytest.fixture
def clients(open_account):
    return Judged(open_account("ptdirect"))


def test_a_row_that_failed_and_is_right_gives_its_values_and_is_taken_back(care):
    care.send(maria(city="Rome", notes="Likes tea"))
    before = care.only()
    assert care.send(SHIFTED).outcomes == ["errored"]
    (asked,) = care.open()
    assert (asked.state, asked.is_applied, asked.patient.name) == ("open", False, "Maria Lopez")
    judged = care.judge("right", asked.id)
    assert (judged.state, judged.judged_by, care.open()) == ("right", "rita@clinic.test", [])
    after = care.only()
    assert (after["first_name"], after["address/home/city"]) == ("John", "Oslo")
    assert {"flag/red/name", "flag/blue/name"} < after.keys()
    assert after["department"] == "Cardio"
    assert any(value == "Likes tea" for value in after.values()), "the same person keeps the rest"
    assert care.send(SHIFTED).outcomes == ["unchanged"]
    care.judge("ask_again", asked.id)
    assert care.only() == before
    assert [each.id for each in care.open()] == [asked.id]


def test_a_row_that_failed_and_is_wrong_changes_nothing_and_never_asks_again(care):
    care.send(maria())
    before = care.only()
    care.send(SHIFTED)
    care.send(SHIFTED)
    (asked,) = care.open()
    assert care.judge("wrong", asked.id).state == "wrong"
    assert care.only() == before
    care.send(SHIFTED)
    assert care.open() == []


def test_a_row_that_was_written_and_is_wrong_puts_the_former_person_back(clients):
    clients.send(JOHN)
    former = clients.only()
    clients.send(JANE)
    clients.send("C-1,Jane,Roe,1980,f,jane@x.org")
    became = clients.only()
    (asked,) = clients.open()
    assert asked.is_applied
    clients.judge("wrong", asked.id)
    assert clients.only() == former, "also without what a later file said of Jane"
    clients.judge("ask_again", asked.id)
    assert clients.only() == became
    assert clients.judge("right", asked.id).closed_by is None
    assert clients.only() == became


def test_a_former_person_who_was_put_back_stays_against_an_older_file(clients):
    clients.send(JOHN)
    became = clients.send(JANE)
    clients.judge("wrong", clients.open()[0].id)
    clients.again(became)
    assert clients.only()["first_name"] == "John"


def test_a_later_file_with_the_same_wrong_person_asks_again(clients):
    clients.send(JOHN)
    clients.send(JANE)
    clients.judge("wrong", clients.open()[0].id)
    done = clients.send(JANE)
    assert done.codes(1) == ["identity_changed"]
    assert clients.only()["first_name"] == "Jane"
    assert len(clients.open()) == 1


def test_of_two_changes_the_later_one_is_judged_first(clients):
    clients.send(JOHN)
    former = clients.only()
    clients.send(JANE)
    clients.send(BOB)
    first, second = clients.open()
    with pytest.raises(NotAllowed, match="a later row made this patient somebody else again"):
        clients.judge("wrong", first.id)
    clients.judge("wrong", second.id)
    assert clients.only()["first_name"] == "Jane"
    clients.judge("wrong", first.id)
    assert clients.only() == former


def test_a_person_who_is_right_is_not_replaced_by_judging_an_earlier_row(clients):
    clients.send(JOHN)
    clients.send(JANE)
    clients.send(BOB)
    first, second = clients.open()
    clients.judge("right", second.id)
    clients.judge("wrong", first.id)
    assert clients.only()["first_name"] == "Bob"


def test_an_undo_takes_the_question_away_and_a_backfill_asks_again(clients, connection):
    clients.send(JOHN)
    became = clients.send(JANE)
    undo(connection, became.imported, "rita", MONDAY + timedelta(days=9))
    assert clients.open() == []
    assert clients.only()["first_name"] == "John"
    clients.again(became)
    assert len(clients.open()) == 1


def test_what_a_reviewer_took_over_survives_the_undo_of_its_file(care, connection):
    care.send(maria())
    before = care.only()
    failed = care.send(SHIFTED)
    (asked,) = care.open()
    care.judge("right", asked.id)
    again = care.again(failed)
    assert again.outcomes == ["unchanged"]
    undo(connection, again.imported, "rita", MONDAY + timedelta(days=9))
    assert care.only()["first_name"] == "John"
    care.judge("ask_again", asked.id)
    assert care.only() == before


def test_undo_after_a_judgement_was_taken_back_leaves_the_files_alone_to_speak(clients, connection):
    clients.send(JOHN)
    former = clients.only()
    became = clients.send(JANE)
    asked = clients.open()[0]
    clients.judge("wrong", asked.id)
    clients.judge("ask_again", asked.id)
    undo(connection, became.imported, "rita", MONDAY + timedelta(days=9))
    assert clients.only() == former


def test_two_patients_are_not_merged_while_it_is_open_who_one_of_them_is(care):
    care.send(maria())
    care.send(maria(ehr="E-9"))
    care.send(SHIFTED)
    ((younger, older),) = care.open_pairs()
    with pytest.raises(NotAllowed, match=f"an identifier of patient {older}; judge that row first"):
        care.reviewed.judge("same", younger, older)
    care.judge("wrong", care.open()[0].id)
    care.reviewed.judge("same", younger, older)
    assert care.open_pairs() == []


def test_a_patient_who_was_merged_in_since_is_split_off_first(care):
    care.send(maria())
    care.send(SHIFTED)
    asked = care.open()[0]
    care.judge("right", asked.id)
    care.send(john(ehr="E-9"))
    ((younger, older),) = care.open_pairs()
    care.reviewed.judge("same", younger, older)
    with pytest.raises(NotAllowed, match=f"patient {younger} was merged into this one since"):
        care.judge("ask_again", asked.id)


def test_an_identifier_that_a_third_patient_has_by_now_is_not_given(care):
    care.send(maria())
    care.send({**SHIFTED, "mbi": "1EG4-TE5-MK73"})
    care.send(john(ehr="E-7", mbi="1EG4-TE5-MK73"))
    with pytest.raises(NotAllowed, match="the mbi identifier of patient"):
        care.judge("right", care.open()[0].id)


def test_a_judged_row_names_its_reviewer_to_the_next_one(care, open_account):
    care.send(maria())
    care.send(SHIFTED)
    asked = care.open()[0]
    with pytest.raises(NotAllowed, match="not judged yet"):
        care.judge("ask_again", asked.id)
    care.judge("wrong", asked.id)
    with pytest.raises(NotAllowed, match=r"judged 'wrong' already, by rita@clinic\.test on "):
        care.judge("right", asked.id)
    with pytest.raises(NotFound, match="no such row"):
        Judged(open_account("thoroughcare", "elsewhere")).judge("right", asked.id)


def test_the_history_names_the_decision_and_values_name_it_as_their_origin(care):
    care.send(maria(city="Rome"))
    care.send(SHIFTED)
    asked = care.open()[0]
    care.judge("right", asked.id)
    record = read_record(care.connection, care.account.id, asked.patient.id)
    assert [change.origin.decision for change in record.changes] == ["identity", None]
    origins = {fact.address: fact.origin for fact in record.facts}
    assert origins["address/home/city"].user_name == "rita@clinic.test"
    care.judge("ask_again", asked.id)
    record = read_record(care.connection, care.account.id, asked.patient.id)
    assert [change.origin.is_undone for change in record.changes] == [False, True, False]
    origins = {fact.address: fact.origin for fact in record.facts}
    assert origins["address/home/city"].file_name == "roster.csv"


def test_a_late_file_whose_person_a_newer_one_kept_out_asks_nothing(clients):
    clients.send(JANE, day=5)
    clients.send(JOHN, day=2)
    assert clients.only()["first_name"] == "Jane"
    assert clients.open() == []


def test_a_dry_run_asks_nothing(care):
    care.send(maria())
    assert care.send(SHIFTED, dry_run=True).codes(2) == ["identity_changed"]
    assert care.open() == []
