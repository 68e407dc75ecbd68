"""Split: two patients again, as they were; what others stand by stays."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from registry.accounts.accounts import list_accounts
from registry.decisions.review_queue import read_pair
from registry.decisions.survivorship import aliases, combined, left
from registry.patients.last_asserted import Asserted
from registry.tables.all_tables import metadata
from registry.tables.patients import parts
from schemas.errors import NotAllowed
from tests.files import john, maria
from tests.nights import MONDAY
from tests.registry.decisions.reviews.reviewed_account import Desk, names_of
from tests.registry.decisions.reviews.test_merge import pair_of


def registry_of(desk):
    """The rows of the registry's own tables, in the order in which patients have their items."""
    found = {}
    for table in ("patient", "patient_alias", *(part.name for part in parts.values())):
        columns = [c.name for c in metadata.tables[table].columns if c.name != "sequence"]
        order = "ORDER BY patient_id, sequence" if table in {p.name for p in parts.values()} else ""
        rows = desk.connection.execute(f"SELECT {', '.join(columns)} FROM {table} {order}")
        found[table] = rows.fetchall() if order else sorted(rows.fetchall(), key=str)
    return found


@pytest.mark.external_postgres
def test_a_merge_that_is_split_at_once_leaves_no_trace_in_the_registry(desk):
    younger, older = pair_of(
        desk,
        {"city": "Rome", "flags": "Fall risk; Alone", "score": "1"},
        {"city": "Oslo", "mbi": "1EG4-TE5-MK73", "flags": "Zest; Alone; Fall", "notes": "x"},
    )
    before = registry_of(desk)
    desk.judge("same", younger, older)
    assert registry_of(desk) != before
    decision = desk.judge("split", younger, older)
    assert (decision.changed, decision.removed, decision.restored) == (1, 0, 1)
    assert registry_of(desk) == before
    assert desk.open() == []
    assert read_pair(desk.connection, desk.account.id, older, younger).state == "different"


def test_the_next_night_finds_each_by_his_own_identifier(desk):
    younger, older = pair_of(desk)
    desk.judge("same", younger, older)
    desk.judge("split", younger, older)
    done = desk.send(maria(), maria(ehr="E-9"))
    assert done.outcomes == ["unchanged", "unchanged"]
    assert (done.patient(2), done.patient(3)) == (older, younger)
    assert desk.open() == []


def test_what_a_later_file_carried_stays_and_identifiers_go_back_all_the_same(desk):
    younger, older = pair_of(desk, {"city": "Rome"}, {"city": "Oslo", "flags": "Red; Blue"})
    desk.judge("same", younger, older)
    assert desk.of(older)["identifier/ehr/value"] == "E-9"
    desk.send(maria(ehr="E-9", city="Oslo", flags="Red"))
    decision = desk.judge("split", younger, older)
    held = desk.of(older)
    assert (held["address/home/city"], held["identifier/ehr/value"]) == ("Oslo", "E-1")
    assert names_of(held, "flag") == {"Red"}
    assert decision.kept >= 2
    assert desk.of(younger)["address/home/city"] == "Oslo"


def test_a_value_that_was_changed_since_stays(desk):
    younger, older = pair_of(desk, {"city": "Rome"}, {"city": "Oslo"})
    desk.judge("same", younger, older)
    desk.send(maria(ehr="E-9", city="Bern"))
    desk.judge("split", younger, older)
    assert desk.of(older)["address/home/city"] == "Bern"
    assert desk.of(younger)["address/home/city"] == "Oslo"


def test_a_backfill_after_a_split_brings_values_to_the_right_one(desk):
    younger, older = pair_of(desk, {"city": "Rome"}, {"city": "Oslo"})
    desk.judge("same", younger, older)
    between = desk.send(maria(ehr="E-9", city="Bern"))
    desk.judge("split", younger, older)
    again = desk.again(between)
    assert again.patient(2) == younger
    assert desk.of(younger)["address/home/city"] == "Bern"


def test_what_is_not_merged_cannot_be_split(desk):
    younger, older = pair_of(desk)
    desk.judge("same", younger, older)
    desk.judge("split", younger, older)
    with pytest.raises(NotAllowed, match="judged 'different' already"):
        desk.judge("split", younger, older)


def three(desk, **cells):
    """Maria three times; returns the first, second, third and the pairs that are open."""
    first = desk.send(maria())
    second = desk.send(maria(ehr="E-8", city="Oslo", flags="Red"))
    third = desk.send(maria(ehr="E-9", flags="Red; Blue", **cells))
    a, b, c = (each.patient(2) for each in (first, second, third))
    assert desk.open() == [(b, a), (c, a), (c, b)]
    return a, b, c


def test_a_pair_about_who_was_merged_asks_about_the_one_who_stays(desk):
    a, b, c = three(desk)
    desk.judge("different", c, a)
    desk.judge("ask again", c, a)
    desk.judge("same", b, a)
    assert desk.open() == [(c, a)]
    with pytest.raises(NotAllowed, match="the queue asks about that patient instead"):
        desk.judge("same", c, b)
    desk.judge("split", b, a)
    assert desk.open() == [(c, a), (c, b)]


def test_a_pair_that_was_not_asked_before_is_asked_in_its_place_and_goes_with_the_split(desk):
    a, b, c = three(desk)
    desk.connection.execute("DELETE FROM review WHERE patient_id = %s AND other_patient_id = %s",
                            (c, a))  # fmt: skip
    desk.judge("same", b, a)
    assert desk.open() == [(c, a)]
    desk.judge("split", b, a)
    assert desk.open() == [(c, b)]


@pytest.mark.external_postgres
def test_two_merged_into_one_are_split_in_any_order(desk):
    a, b, c = three(desk, city="Bern")
    before = registry_of(desk)
    for order in ((b, c), (c, b)):
        for each in (b, c):
            desk.judge("same", each, a)
        assert list(desk.facts()) == [str(a)]
        desk.judge("split", order[0], a)
        # The other one is still merged, and what it brought along is still there.
        assert "Red" in names_of(desk.of(a), "flag")
        desk.judge("split", order[1], a)
        assert registry_of(desk) == before
        for each in (b, c):
            desk.judge("ask again", each, a)


def test_a_patient_who_was_merged_on_is_split_from_the_end(desk):
    a, b, c = three(desk)
    before = registry_of(desk)
    desk.judge("same", c, b)
    desk.judge("same", b, a)
    assert desk.send(maria(ehr="E-9")).patient(2) == a
    with pytest.raises(NotAllowed, match=f"{b} was merged into patient {a} since"):
        desk.judge("split", c, b)
    desk.judge("split", b, a)
    assert desk.send(maria(ehr="E-9")).patient(2) == b
    desk.judge("split", c, b)
    assert registry_of(desk) == before
    assert desk.send(maria(ehr="E-9")).patient(2) == c


def test_an_identifier_that_a_third_patient_got_meanwhile_keeps_the_two_together(desk):
    younger, older = pair_of(desk, {"mbi": "1EG4-TE5-MK73"})
    desk.judge("same", younger, older)
    assert desk.of(older)["identifier/ehr/value"] == "E-9"
    desk.send(maria(ehr="E-5", mbi="1EG4-TE5-MK73"))  # E-5 stands in the place of E-9
    third = desk.send(john(ehr="E-9"))
    with pytest.raises(NotAllowed, match=f"ehr .* to patient {third.patient(2)}"):
        desk.judge("split", younger, older)


CELLS = st.fixed_dictionaries(
    {},
    optional={
        "mbi": st.sampled_from(["1EG4-TE5-MK73", "1EG4-TE5-MK72"]),
        "street": st.sampled_from(["1 Main St", "2 Oak St"]),
        "city": st.sampled_from(["Rome", "Oslo"]),
        "phone": st.sampled_from(["2125550123", "2125550124"]),
        "flags": st.sampled_from(["red", "blue", "red; blue", "blue; red; green"]),
        "score": st.sampled_from(["1", "2.5"]),
        "notes": st.sampled_from(["one", "two"]),
    },
)


@pytest.mark.slow
@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # each example is two real imports
)
@given(first=CELLS, second=CELLS)
def test_any_merge_that_is_split_at_once_leaves_no_trace(
    database, connection, tmp_path, first, second
):
    desk = Desk(database, connection, tmp_path, name=f"c{len(list_accounts(connection))}")
    second = {name: value for name, value in second.items() if value != first.get("mbi")}
    younger, older = pair_of(desk, first, second)
    before = registry_of(desk)
    desk.judge("same", younger, older)
    desk.judge("split", younger, older)
    assert registry_of(desk) == before


ADDRESSES = st.sampled_from(
    ["first_name", "birth_date", "identifier/ehr/value", "identifier/external/value",
     "address/home/line1", "address/home/city", "flag/red/name", "hie_opt_out"]
)  # fmt: skip
DAYS = st.integers(0, 3).map(lambda day: MONDAY + timedelta(days=day))


def facts(ehr):
    """Two patients never share an EHR id; the sender's own number they may."""
    told = st.dictionaries(
        ADDRESSES, st.builds(Asserted, st.sampled_from(["true", "x", "y"]), DAYS)
    )
    return told.map(
        lambda each: {a: Asserted(ehr, t.at) if "ehr" in a else t for a, t in each.items()}
    )


OLDER, YOUNGER = facts("E-1"), facts("E-9")


@given(older=OLDER, younger=YOUNGER)
def test_no_value_is_lost_that_nothing_contradicts(older, younger):
    stand = combined(older, younger)
    assert set(stand) <= set(older) | set(younger)
    for address in {*older, *younger} - {"address/home/line1", "address/home/city"}:
        values = {each[address].value for each in (older, younger) if address in each}
        assert stand[address] in values
    shown = {a: v for a, v in stand.items() if a.startswith("identifier/")}
    for each in (older, younger):
        for address, told in each.items():
            if address.startswith("identifier/"):
                known = {shown[address], *(v for a, v in aliases(older, younger) if a == address)}
                assert told.value in known


@given(older=OLDER, younger=YOUNGER)
def test_splitting_at_once_gives_back_what_was_there(older, younger):
    before = {address: told.value for address, told in older.items()}
    now = combined(older, younger)
    given_ = {a: (before.get(a), now.get(a)) for a in {*before, *now}
              if before.get(a) != now.get(a)}  # fmt: skip
    taken = {address: told.value for address, told in younger.items()}
    put = left(given_, now, (), taken)
    after = {**now, **put}
    assert {address: value for address, value in after.items() if value is not None} == before
