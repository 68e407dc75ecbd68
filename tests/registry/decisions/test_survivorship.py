"""Survivorship: which values a merged patient keeps, and which a split takes out again."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.decisions.survivorship import aliases, combined, unit_of, values_to_restore
from registry.patients.last_asserted import Asserted
from tests.nights import MONDAY

CITY, LINE1 = "address/home/city", "address/home/line1"
EHR, MBI, EXTERNAL = (f"identifier/{system}/value" for system in ("ehr", "mbi", "external"))
FRAIL = "flag/frail/name"


def on(day, **values):
    """Facts asserted on one day; `__` in a name stands for `/`."""
    at = MONDAY + timedelta(days=day)
    return {name.replace("__", "/"): Asserted(value, at) for name, value in values.items()}


class TestCombined:
    def test_what_only_one_has_survives_the_older_patients_first(self):
        older, younger = on(1, gender="F"), on(2, flag__frail__name="Frail")
        assert list(combined(older, younger).items()) == [("gender", "F"), (FRAIL, "Frail")]

    @pytest.mark.parametrize(("day", "score"), [(1, "1"), (2, "1"), (3, "2")])
    def test_the_value_asserted_later_survives_and_the_older_patients_if_at_once(self, day, score):
        assert combined(on(2, risk_score="1"), on(day, risk_score="2")) == {"risk_score": score}

    def test_an_address_is_taken_whole(self):
        older = on(1, address__home__line1="1 Main St", address__home__city="Rome")
        assert combined(older, on(2, address__home__city="Oslo")) == {CITY: "Oslo"}
        assert combined(older, on(0, address__home__city="Oslo")) == {
            LINE1: "1 Main St", CITY: "Rome",
        }  # fmt: skip

    def test_the_latest_assertion_of_an_address_counts_for_all_of_it(self):
        older = {**on(1, address__home__line1="1 Main St"), **on(3, address__home__city="Rome")}
        younger = on(2, address__home__line1="2 Oak St", address__home__city="Oslo")
        assert combined(older, younger) == {LINE1: "1 Main St", CITY: "Rome"}

    def test_a_person_chooses_whose_value_stays(self):
        older = on(1, gender="F", address__home__city="Rome", flag__frail__name="Frail")
        younger = on(2, gender="M", address__home__city="Oslo")
        chosen = {"gender": "older", "address/home": "younger", "flag/frail": "younger"}
        assert combined(older, younger, chosen) == {"gender": "F", CITY: "Oslo", FRAIL: "Frail"}

    def test_a_choice_of_an_identifier_decides_which_one_is_shown(self):
        older, younger = on(1, identifier__ehr__value="E-1"), on(2, identifier__ehr__value="E-9")
        chosen = {"identifier/ehr": "older"}
        assert combined(older, younger, chosen) == {EHR: "E-1"}
        assert aliases(older, younger, chosen) == [(EHR, "E-9")]

    def test_no_choice_takes_an_opt_out_back(self):
        older, younger = on(1, hie_opt_out="true"), on(2, hie_opt_out="false")
        assert combined(older, younger, {"hie_opt_out": "younger"}) == {"hie_opt_out": "true"}

    def test_first_and_last_name_are_of_one_patient(self):
        older = on(1, first_name="Maria", last_name="Lopez")
        younger = on(2, first_name="Mary", last_name="Lopes")
        assert combined(older, younger) == {"first_name": "Mary", "last_name": "Lopes"}

    @pytest.mark.parametrize(
        ("year", "birth_date"), [("1961", "1961-05-27"), ("1962", None)], ids=["same", "another"]
    )
    def test_a_year_asserted_later_keeps_a_date_in_that_year(self, year, birth_date):
        older = on(1, birth_date="1961-05-27", birth_year="1961")
        found = combined(older, on(2, birth_year=year))
        assert (found["birth_year"], found.get("birth_date")) == (year, birth_date)

    @pytest.mark.parametrize("opted_out", ["older", "younger"])
    @pytest.mark.parametrize("day", [0, 2])
    def test_an_opt_out_of_either_survives_whenever_it_was_asserted(self, opted_out, day):
        older = on(1, hie_opt_out=str(opted_out == "older").lower())
        younger = on(day, hie_opt_out=str(opted_out == "younger").lower())
        assert combined(older, younger) == {"hie_opt_out": "true"}

    def test_two_are_a_deleted_patient_only_if_both_were_deleted(self):
        deleted, kept = on(2, withdrawn="true"), on(1, gender="F")
        assert combined(deleted, kept) == combined(kept, deleted) == {"gender": "F"}
        assert combined(deleted, on(1, withdrawn="true")) == {"withdrawn": "true"}


class TestAliases:
    def test_the_identifier_that_is_not_shown_is_an_alias(self):
        older, younger = on(1, identifier__ehr__value="E-1"), on(2, identifier__ehr__value="E-9")
        assert aliases(older, younger) == [(EHR, "E-1")]
        assert aliases(younger, older) == [(EHR, "E-1")]

    def test_an_identifier_that_both_have_or_only_one_has_is_none(self):
        both = on(1, identifier__external__value="X-1")
        one = on(1, identifier__mbi__value="M-1")
        assert aliases(both, {**both, **one}) == []

    def test_identifiers_that_a_patient_shows_all_of_are_none(self):
        older, younger = on(1, identifier__ssn__value="1"), on(2, identifier__ssn__value="2")
        assert aliases(older, younger) == []


class TestValuesToRestore:
    @pytest.mark.parametrize(
        ("given_", "now", "supported", "restored"),
        [
            ({CITY: ("Rome", "Oslo")}, {CITY: "Oslo"}, set(), {CITY: "Rome"}),
            ({CITY: ("Rome", "Oslo")}, {CITY: "Oslo"}, {CITY}, {}),
            ({CITY: ("Rome", "Oslo")}, {CITY: "Bern"}, set(), {}),
            ({CITY: ("Rome", "Oslo")}, {}, set(), {}),
            ({FRAIL: (None, "Frail")}, {FRAIL: "Frail"}, set(), {FRAIL: None}),
            ({CITY: ("Rome", None)}, {}, set(), {CITY: "Rome"}),
        ],
        ids=["unsupported", "supported", "changed", "cleared", "added", "taken out"],
    )
    def test_what_the_merge_gave_goes_unless_something_supports_it(
        self, given_, now, supported, restored
    ):
        assert values_to_restore(given_, now, supported, {}) == restored

    def test_an_address_is_restored_whole_or_not_at_all(self):
        given_ = {CITY: ("Rome", "Oslo"), LINE1: ("1 Main St", None)}
        now = {CITY: "Oslo"}
        assert values_to_restore(given_, now, set(), {}) == {CITY: "Rome", LINE1: "1 Main St"}
        assert values_to_restore(given_, now, {LINE1}, {}) == {}
        assert values_to_restore(given_, {**now, LINE1: "2 Oak St"}, set(), {}) == {}

    @pytest.mark.parametrize("supported", [set(), {EHR, MBI}])
    def test_identifiers_go_with_the_patient_who_had_them_supported_or_not(self, supported):
        given_ = {EHR: ("E-1", "E-9")}
        now = {EHR: "E-9", MBI: "M-9"}
        returned = {EHR: "E-9", MBI: "M-9"}
        restored = values_to_restore(given_, now, supported, returned)
        assert restored == {EHR: "E-1", MBI: None}

    def test_the_senders_own_number_that_both_had_stays_with_both(self):
        assert values_to_restore({}, {EXTERNAL: "X-1"}, set(), {EXTERNAL: "X-1"}) == {}

    def test_an_identifier_that_a_later_file_replaced_stays(self):
        given_ = {EHR: ("E-1", "E-9")}
        assert values_to_restore(given_, {EHR: "E-5"}, set(), {EHR: "E-9"}) == {}


@pytest.mark.parametrize(
    ("address", "unit"),
    [
        (CITY, ("address/home",)),
        ("contact/phone/home/value", ("contact/phone/home",)),
        ("last_name", ("first_name", "last_name")),
        ("physician_first_name", ("physician_first_name", "physician_last_name")),
        ("gender", ("gender",)),
    ],
)
def test_an_address_belongs_to_its_item_or_to_scalars_that_say_one_thing(address, unit):
    assert unit_of(address) == unit


ADDRESSES = st.sampled_from(
    ["first_name", "birth_date", "identifier/ehr/value", "identifier/external/value",
     "address/home/line1", "address/home/city", "flag/red/name", "hie_opt_out"]
)  # fmt: skip
DAYS = st.integers(0, 3).map(lambda day: MONDAY + timedelta(days=day))


def facts(ehr):
    """Two patients never share an EHR id; the sender's own number they may."""
    asserted = st.dictionaries(
        ADDRESSES, st.builds(Asserted, st.sampled_from(["true", "x", "y"]), DAYS)
    )
    return asserted.map(
        lambda each: {a: Asserted(ehr, t.at) if "ehr" in a else t for a, t in each.items()}
    )


OLDER, YOUNGER = facts("E-1"), facts("E-9")


@given(older=OLDER, younger=YOUNGER)
def test_no_value_is_lost_that_nothing_contradicts(older, younger):
    survived = combined(older, younger)
    assert set(survived) <= set(older) | set(younger)
    for address in {*older, *younger} - {"address/home/line1", "address/home/city"}:
        values = {each[address].value for each in (older, younger) if address in each}
        assert survived[address] in values
    shown = {a: v for a, v in survived.items() if a.startswith("identifier/")}
    for each in (older, younger):
        for address, asserted in each.items():
            if address.startswith("identifier/"):
                known = {shown[address], *(v for a, v in aliases(older, younger) if a == address)}
                assert asserted.value in known


@given(older=OLDER, younger=YOUNGER)
def test_splitting_at_once_gives_back_what_was_there(older, younger):
    before = {address: asserted.value for address, asserted in older.items()}
    now = combined(older, younger)
    given_ = {a: (before.get(a), now.get(a)) for a in {*before, *now}
              if before.get(a) != now.get(a)}  # fmt: skip
    taken = {address: asserted.value for address, asserted in younger.items()}
    put = values_to_restore(given_, now, (), taken)
    after = {**now, **put}
    assert {address: value for address, value in after.items() if value is not None} == before
