"""Split: two patients again, as they were; values that something else asserts stay."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from registry.accounts.accounts import list_accounts
from registry.decisions.review_queue import read_pair
from registry.tables.all_tables import metadata
from registry.tables.patients import parts
from schemas.errors import NotAllowed
from tests.files import john, maria
from tests.reviewed_account import ReviewedAccount, names_of, pair_of, three


def registry_of(reviewed):
    """The rows of the registry's own tables, in the order in which patients have their items.

    Without `patient.told`: a merge takes the digest away, and the next file leaves another.
    """
    found = {}
    for table in ("patient", "patient_alias", *(part.name for part in parts.values())):
        named = (c.name for c in metadata.tables[table].columns)
        columns = [name for name in named if name not in ("sequence", "told")]
        order = "ORDER BY patient_id, sequence" if table in {p.name for p in parts.values()} else ""
        rows = reviewed.connection.execute(f"SELECT {', '.join(columns)} FROM {table} {order}")
        found[table] = rows.fetchall() if order else sorted(rows.fetchall(), key=str)
    return found


@pytest.mark.external_postgres
def test_a_merge_that_is_split_at_once_leaves_the_registry_as_it_was(reviewed):
    younger, older = pair_of(
        reviewed,
        {"city": "Rome", "flags": "Fall risk; Alone", "score": "1"},
        {"city": "Oslo", "mbi": "1EG4-TE5-MK73", "flags": "Zest; Alone; Fall", "notes": "x"},
    )
    before = registry_of(reviewed)
    reviewed.judge("same", younger, older)
    assert registry_of(reviewed) != before
    decision = reviewed.judge("split", younger, older)
    assert (decision.changed, decision.removed, decision.restored) == (1, 0, 1)
    assert registry_of(reviewed) == before
    assert reviewed.open_pairs() == []
    assert read_pair(reviewed.connection, reviewed.account.id, older, younger).state == "different"


def test_the_next_night_finds_each_by_their_own_identifier(reviewed):
    younger, older = pair_of(reviewed)
    reviewed.judge("same", younger, older)
    reviewed.judge("split", younger, older)
    done = reviewed.send(maria(), maria(ehr="E-9"))
    assert done.outcomes == ["unchanged", "unchanged"]
    assert (done.patient(2), done.patient(3)) == (older, younger)
    assert reviewed.open_pairs() == []


def test_what_a_later_file_carried_stays_and_identifiers_go_back_all_the_same(reviewed):
    younger, older = pair_of(reviewed, {"city": "Rome"}, {"city": "Oslo", "flags": "Red; Blue"})
    reviewed.judge("same", younger, older)
    assert reviewed.of(older)["identifier/ehr/value"] == "E-9"
    reviewed.send(maria(ehr="E-9", city="Oslo", flags="Red"))
    decision = reviewed.judge("split", younger, older)
    held = reviewed.of(older)
    assert (held["address/home/city"], held["identifier/ehr/value"]) == ("Oslo", "E-1")
    assert names_of(held, "flag") == {"Red"}
    assert decision.kept >= 2
    assert reviewed.of(younger)["address/home/city"] == "Oslo"


def test_a_value_that_was_changed_since_stays(reviewed):
    younger, older = pair_of(reviewed, {"city": "Rome"}, {"city": "Oslo"})
    reviewed.judge("same", younger, older)
    reviewed.send(maria(ehr="E-9", city="Bern"))
    reviewed.judge("split", younger, older)
    assert reviewed.of(older)["address/home/city"] == "Bern"
    assert reviewed.of(younger)["address/home/city"] == "Oslo"


def test_a_backfill_after_a_split_brings_values_to_the_right_one(reviewed):
    younger, older = pair_of(reviewed, {"city": "Rome"}, {"city": "Oslo"})
    reviewed.judge("same", younger, older)
    between = reviewed.send(maria(ehr="E-9", city="Bern"))
    reviewed.judge("split", younger, older)
    again = reviewed.again(between)
    assert again.patient(2) == younger
    assert reviewed.of(younger)["address/home/city"] == "Bern"


def test_what_is_not_merged_cannot_be_split(reviewed):
    younger, older = pair_of(reviewed)
    reviewed.judge("same", younger, older)
    reviewed.judge("split", younger, older)
    with pytest.raises(NotAllowed, match="judged 'different' already"):
        reviewed.judge("split", younger, older)


@pytest.mark.external_postgres
def test_two_merged_into_one_are_split_in_any_order(reviewed):
    a, b, c = three(reviewed, city="Bern")
    before = registry_of(reviewed)
    for order in ((b, c), (c, b)):
        for each in (b, c):
            reviewed.judge("same", each, a)
        assert list(reviewed.facts()) == [str(a)]
        reviewed.judge("split", order[0], a)
        # The other one is still merged, and what it brought along is still there.
        assert "Red" in names_of(reviewed.of(a), "flag")
        reviewed.judge("split", order[1], a)
        assert registry_of(reviewed) == before
        for each in (b, c):
            reviewed.judge("ask again", each, a)


def test_a_patient_who_was_merged_on_is_split_from_the_end(reviewed):
    a, b, c = three(reviewed)
    before = registry_of(reviewed)
    reviewed.judge("same", c, b)
    reviewed.judge("same", b, a)
    assert reviewed.send(maria(ehr="E-9")).patient(2) == a
    with pytest.raises(NotAllowed, match=f"{b} was merged into patient {a} since"):
        reviewed.judge("split", c, b)
    reviewed.judge("split", b, a)
    assert reviewed.send(maria(ehr="E-9")).patient(2) == b
    reviewed.judge("split", c, b)
    assert registry_of(reviewed) == before
    assert reviewed.send(maria(ehr="E-9")).patient(2) == c


def test_an_identifier_that_a_third_patient_got_meanwhile_keeps_the_two_together(reviewed):
    younger, older = pair_of(reviewed, {"mbi": "1EG4-TE5-MK73"})
    reviewed.judge("same", younger, older)
    assert reviewed.of(older)["identifier/ehr/value"] == "E-9"
    # As in a registry from before a Medicare ID was a conflict beside another EHR ID.
    reviewed.connection.execute(
        "UPDATE patient_identifier SET value = 'E-5' WHERE patient_id = %s AND item = 'ehr'",
        (older,),
    )
    third = reviewed.send(john(ehr="E-9"))
    with pytest.raises(NotAllowed, match=f"ehr .* to patient {third.patient(2)}"):
        reviewed.judge("split", younger, older)


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
def test_any_merge_that_is_split_at_once_leaves_the_registry_as_it_was(
    database, connection, tmp_path, first, second
):
    reviewed = ReviewedAccount(
        database, connection, tmp_path, name=f"c{len(list_accounts(connection))}"
    )
    second = {name: value for name, value in second.items() if value != first.get("mbi")}
    younger, older = pair_of(reviewed, first, second)
    before = registry_of(reviewed)
    reviewed.judge("same", younger, older)
    reviewed.judge("split", younger, older)
    assert registry_of(reviewed) == before
