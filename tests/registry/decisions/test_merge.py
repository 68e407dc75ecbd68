"""Same: the younger patient of a pair goes into the older one, whom later files find."""

import pytest

from tests.files import METRIPORT_HEADER, john, maria
from tests.reviewed_account import names_of, pair_of


@pytest.mark.external_postgres
def test_the_older_patient_survives_with_what_they_lacked(reviewed):
    younger, older = pair_of(reviewed, {"city": "Rome", "flags": "Fall risk"},
                             {"mbi": "1EG4-TE5-MK73", "flags": "Lives alone"})  # fmt: skip
    decision = reviewed.judge("same", younger, older)
    assert (decision.changed, decision.removed, decision.restored) == (1, 1, 0)
    assert list(reviewed.facts()) == [str(older)]
    held = reviewed.of(older)
    assert held["address/home/city"] == "Rome"
    assert held["identifier/mbi/value"] == "1EG4TE5MK73"
    assert names_of(held, "flag") == {"Fall risk", "Lives alone"}
    assert reviewed.open_pairs() == []


@pytest.mark.parametrize(
    ("confirmed_on", "survives"),
    [(None, "Oslo"), (3, "Rome")],
    ids=["set later", "confirmed later"],
)
def test_where_both_have_a_value_the_one_asserted_later_survives(reviewed, confirmed_on, survives):
    younger, older = pair_of(reviewed, {"city": "Rome"}, {"city": "Oslo"})
    if confirmed_on:
        reviewed.send(maria(city="Rome"), day=confirmed_on)
    reviewed.judge("same", younger, older)
    assert reviewed.of(older)["address/home/city"] == survives


def test_an_address_is_taken_whole(reviewed):
    younger, older = pair_of(reviewed, {"street": "1 Main St", "city": "Rome"}, {"city": "Oslo"})
    reviewed.judge("same", younger, older)
    assert names_of(reviewed.of(older), "address/home") == {"Oslo"}


@pytest.mark.parametrize("opted_out", ["older", "younger"])
def test_whoever_is_opted_out_stays_so(open_account, opted_out):
    reviewed = open_account("metriport")
    reviewed.send("Maria,Lopez,1961-05-27,F,1 Main Street,Portland,ME,04101")
    reviewed.send("Maria,Lopez,1961-05-27,F,2 Oak Street,Boston,MA,02101")
    ((younger, older),) = reviewed.open_pairs()
    reviewed.connection.execute(
        "UPDATE patient SET hie_opt_out = id = %s WHERE account_id = %s",
        (older if opted_out == "older" else younger, reviewed.account.id),
    )
    reviewed.judge("same", younger, older)
    assert reviewed.of(older)["hie_opt_out"] == "true"


def test_the_same_night_again_changes_nothing(reviewed):
    younger, older = pair_of(reviewed)
    reviewed.judge("same", younger, older)
    shown, changes = reviewed.of(older)["identifier/ehr/value"], reviewed.changes()
    for rows in ((maria(), maria(ehr="E-9")), (maria(ehr="E-9"), maria()), (maria(ehr="E-9"),)):
        done = reviewed.send(*rows)
        assert set(done.outcomes) == {"unchanged"}
        assert {row["patient_id"] for row in done.rows} == {older}
    assert reviewed.of(older)["identifier/ehr/value"] == shown
    assert reviewed.changes() == changes
    assert reviewed.open_pairs() == []


def test_an_alias_brings_new_values_to_the_surviving_patient(reviewed):
    younger, older = pair_of(reviewed)
    reviewed.judge("same", younger, older)
    done = reviewed.send(maria(city="Oslo"), maria(ehr="E-9", phone="212-555-0123"))
    assert done.outcomes == ["updated", "updated"]
    assert set(names_of(reviewed.of(older), "contact")) == {"+12125550123"}
    assert reviewed.of(older)["address/home/city"] == "Oslo"


@pytest.mark.external_postgres
def test_an_alias_and_another_patients_identifier_are_a_conflict(reviewed):
    younger, older = pair_of(reviewed)
    reviewed.send({**john(), "ehr": "", "mbi": "1EG4-TE5-MK73"})
    reviewed.judge("same", younger, older)
    before = reviewed.facts()
    for ehr in ("E-1", "E-9"):
        done = reviewed.send(maria(ehr=ehr, mbi="1EG4-TE5-MK73", city="Rome"))
        assert done.codes(2) == ["identifier_conflict"]
    assert reviewed.facts() == before


def test_both_identifiers_of_one_person_are_no_conflict(reviewed):
    younger, older = pair_of(reviewed, {"mbi": "1EG4-TE5-MK73"})
    reviewed.judge("same", younger, older)
    done = reviewed.send(maria(ehr="E-9", mbi="1EG4-TE5-MK73", city="Rome"))
    assert (done.outcomes, done.patient(2)) == (["updated"], older)


def test_an_alias_is_no_other_identifier_that_would_veto_a_match_by_name(reviewed):
    younger, older = pair_of(reviewed)
    reviewed.judge("same", younger, older)
    third = reviewed.send(maria(ehr="E-77"))
    assert third.outcomes == ["created"]
    assert reviewed.open_pairs() == [(third.patient(2), older)]
    nameless = reviewed.send(maria(ehr=""))
    assert nameless.codes(2)[0] == "ambiguous_match"  # the third has this name, too
    assert nameless.patient(2) == older


def test_a_metriport_patient_is_found_by_either_zip(open_account):
    reviewed = open_account("metriport")
    rows = ("Maria,Lopez,1961-05-27,F,1 Main Street,Portland,ME,04101",
            "Maria,Lopez,1961-05-27,F,2 Oak Street,Boston,MA,02101")  # fmt: skip
    reviewed.send(*rows)
    ((younger, older),) = reviewed.open_pairs()
    reviewed.judge("same", younger, older)
    for night in (rows, rows[::-1], rows[1:]):
        done = reviewed.send(*night)
        assert set(done.outcomes) == {"unchanged"}
        assert {row["patient_id"] for row in done.rows} == {older}


def test_the_senders_own_number_of_a_metriport_patient_does_not_go_back_and_forth(open_account):
    reviewed = open_account("metriport")
    rows = ("X-1,Maria,Lopez,1961-05-27,F,1 Main Street,Portland,ME,04101",
            "X-2,Maria,Lopez,1961-05-27,F,2 Oak Street,Boston,MA,02101")  # fmt: skip
    reviewed.header = f"id,{METRIPORT_HEADER}"
    reviewed.send(*rows)
    ((younger, older),) = reviewed.open_pairs()
    reviewed.judge("same", younger, older)
    assert set(reviewed.send(*rows).outcomes) == {"unchanged"}
    assert reviewed.of(older)["identifier/external/value"] == "X-1"


def test_a_ptdirect_client_is_found_by_either_id(open_account):
    reviewed = open_account("ptdirect")
    rows = ("C-1,Ann,Sample,1977,f", "C-2,Ann,Sample,1977,f")
    reviewed.send(*rows)
    ((younger, older),) = reviewed.open_pairs()
    reviewed.judge("same", younger, older)
    again = reviewed.send(*rows)
    assert set(again.outcomes) == {"unchanged"}
    assert again.codes(2) == ["duplicate_in_file"]
    assert {row["patient_id"] for row in again.rows} == {older}


def test_old_does_not_beat_what_a_newer_file_carried_for_the_one_merged_in(reviewed):
    reviewed.send(maria(city="Rome"))
    reviewed.send(maria(ehr="E-9", city="Rome"), day=5)
    ((younger, older),) = reviewed.open_pairs()
    reviewed.judge("same", younger, older)
    late = reviewed.send(maria(city="Paris"), day=3)
    assert late.codes(2)[0] == "kept_newer_value"
    assert reviewed.of(older)["address/home/city"] == "Rome"


def test_a_merge_does_not_hold_back_older_files_as_a_persons_change_would(reviewed):
    # The merge moved Oslo of day 2; a file of day 3 that comes late is newer than that.
    younger, older = pair_of(reviewed, {"city": "Rome"}, {"city": "Oslo"})
    reviewed.day = 5
    reviewed.judge("same", younger, older)
    late = reviewed.send(maria(city="Paris"), day=3)
    assert late.outcomes == ["updated"]
    assert reviewed.of(older)["address/home/city"] == "Paris"


def test_a_further_attempt_over_the_younger_ones_import_finds_the_surviving_patient(reviewed):
    first, second = reviewed.send(maria()), reviewed.send(maria(ehr="E-9"))
    reviewed.judge("same", second.patient(2), first.patient(2))
    again = reviewed.again(second)
    assert again.outcomes == ["unchanged"]
    assert again.patient(2) == first.patient(2)
    assert again.reports["patients"].figures["orphans"] == 0
