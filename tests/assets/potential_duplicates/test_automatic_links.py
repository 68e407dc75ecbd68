"""Automatic linking: which new patients are linked to stored ones, and how it is taken back."""

from datetime import UTC, datetime

import pytest

from identity.model import load_model
from registry.accounts.accounts import change_settings
from registry.decisions.asked_pairs import ask
from registry.decisions.automatic_links import links_of_import, rehearse
from registry.decisions.undo import preview_undo, undo
from registry.ledger.imports import get_import
from registry.patients.patients import set_opt_out
from tests.files import john, maria
from tests.nights import MONDAY

MODEL = load_model()
HOME = {"phone": "212-555-0123", "street": "1 Main St", "city": "New York",
        "email": "maria@lopez.test"}  # fmt: skip
STORED = maria(**HOME)
NEW = maria(ehr="", mbi="1EG4-TE5-MK73", last="Lopes", **HOME)
"""The same person by all but one letter of the last name; what a format matches by differs."""


@pytest.fixture
def linking(clinic):
    """The clinic links above the model's automatic threshold."""
    clinic.account = change_settings(clinic.connection, clinic.account, {"link_above": 1})
    clinic.connection.commit()
    return clinic


def undo_import(clinic, done, act=undo):
    imported = get_import(clinic.connection, done.imported.partition_key)
    result = act(clinic.connection, imported, "rita", datetime.now(UTC))
    clinic.connection.commit()
    return result


def linked(clinic, done):
    return [
        (link.line, link.patient_id, link.linked_to)
        for link in links_of_import(clinic.connection, done.imported.id)
    ]


def test_a_pair_of_this_kind_scores_above_the_automatic_threshold(clinic):
    clinic.send_and_search(STORED)
    clinic.send_and_search(NEW)
    [row] = clinic.connection.execute("SELECT weight, caution FROM review").fetchall()
    assert row[0] > MODEL.automatic
    assert row[1] is None


def test_it_is_off_unless_the_account_wants_it(clinic):
    clinic.send_and_search(STORED)
    done = clinic.send(NEW)
    assert "linked automatically" not in clinic.search(done).figures
    assert len(clinic.queue()) == 1


def test_a_new_patient_is_linked_and_the_decision_says_by_what(linking):
    older = linking.send_and_search(STORED).patient(2)
    done = linking.send(john(), NEW)
    before = done.result
    report = linking.search(done)
    assert report.figures["linked automatically"] == 1
    assert linked(linking, done) == [(3, done.patient(3), older)]
    assert linking.queue() == []
    [[kind, name, is_automatic]] = linking.connection.execute(
        "SELECT kind, user_name, is_automatic FROM decision"
    ).fetchall()
    assert (kind, is_automatic) == ("merge", True)
    assert name.startswith("automatic linking (model 1/default/")
    assert str(done.patient(3)) not in linking.facts()
    folder = linking.settings.results_dir / done.imported.partition_key
    assert before in [path.read_bytes().decode() for path in folder.iterdir()]


def test_a_split_takes_a_link_back_and_the_pair_stays_different(linking):
    older = linking.send_and_search(STORED).patient(2)
    done = linking.send(NEW)
    before = linking.facts()
    linking.search(done)
    linking.judge("split", done.patient(2), older)
    linking.connection.commit()
    assert linking.facts() == before
    linking.search(done, again=True)
    assert linking.facts() == before
    assert linked(linking, done) == []


def test_an_undo_of_the_import_takes_its_links_back_as_if_it_had_never_been(linking):
    linking.send_and_search(STORED)
    before = linking.facts()
    done = linking.send_and_search(NEW, john())
    assert len(linked(linking, done)) == 1
    preview = undo_import(linking, done, preview_undo)
    assert len(linked(linking, done)) == 1
    found = undo_import(linking, done)
    assert (found.changed, found.removed, found.kept) == (
        preview.changed, preview.removed, preview.kept,
    ) == (0, 2, 0)  # fmt: skip
    assert linking.facts() == before
    assert linking.connection.execute("SELECT count(*) FROM review").fetchone() == (0,)


def test_a_link_stays_where_a_person_merged_the_linked_patient_on(linking):
    first = linking.send_and_search(john()).patient(2)
    older = linking.send_and_search(STORED).patient(2)
    done = linking.send_and_search(NEW)
    assert len(linked(linking, done)) == 1
    ask(linking.connection, linking.reviewer(), first, older)
    linking.judge("same", first, older)
    linking.connection.commit()
    before = linking.facts()
    undo_import(linking, done)
    assert linking.facts() == before
    assert len(linked(linking, done)) == 1


class TestNobodyIsLinked:
    """Where a person has to look."""

    def refuses(self, clinic, done):
        assert clinic.search(done).figures["linked automatically"] == 0
        assert linked(clinic, done) == []

    def test_where_two_stored_patients_score_as_high(self, linking):
        linking.send_and_search(STORED)
        linking.account = change_settings(linking.connection, linking.account, {"link_above": None})
        linking.connection.commit()
        linking.send_and_search(NEW | {"mbi": "", "ehr": "E-2", "last": "Lopec"})
        linking.account = change_settings(linking.connection, linking.account, {"link_above": 1})
        linking.connection.commit()
        self.refuses(linking, linking.send(NEW))

    def test_where_both_are_new(self, linking):
        self.refuses(linking, linking.send(STORED, NEW))

    def test_where_a_stored_patient_was_changed_and_nobody_is_new(self, linking):
        stored = linking.send(STORED, NEW)
        linking.connection.execute("UPDATE change_set SET searched_at = now()")
        linking.connection.commit()
        assert stored.patient(2) != stored.patient(3)
        self.refuses(linking, linking.send(STORED | {"city": "Albany"}))

    def test_where_a_person_touched_one_of_the_two_since(self, linking):
        older = linking.send_and_search(STORED).patient(2)
        done = linking.send(NEW)
        set_opt_out(linking.connection, linking.account.id, older, MONDAY, opt_out=True)
        linking.connection.commit()
        self.refuses(linking, done)

    def test_where_a_caution_holds(self, linking):
        linking.send_and_search(STORED)
        done = linking.send(NEW | {"first": "Marta"})
        self.refuses(linking, done)
        [[weight, caution]] = linking.connection.execute("SELECT weight, caution FROM review")
        assert (weight > MODEL.automatic, caution) == (True, "twins")

    def test_where_the_score_is_lower_than_the_accounts_threshold(self, linking):
        linking.account = change_settings(linking.connection, linking.account, {"link_above": 999})
        linking.connection.commit()
        linking.send_and_search(STORED)
        self.refuses(linking, linking.send(NEW))


def test_a_threshold_below_the_models_counts_as_the_models(linking):
    linking.send_and_search(STORED)
    elsewhere = {
        "phone": "212-555-0177",
        "email": "m@other.test",
        "street": "9 Elm Ave",
        "city": "Oslo",
    }
    done = linking.send(NEW | elsewhere)
    assert linking.search(done).figures["linked automatically"] == 0
    [(*_, weight)] = linking.queue()
    assert MODEL.review <= weight < MODEL.automatic


def test_a_search_that_was_cut_off_before_linking_links_when_it_is_run_again(linking):
    linking.send_and_search(STORED)
    linking.account = change_settings(linking.connection, linking.account, {"link_above": None})
    linking.connection.commit()
    done = linking.send(NEW)
    linking.search(done)
    linking.account = change_settings(linking.connection, linking.account, {"link_above": 1})
    linking.connection.commit()
    assert linking.search(done, again=True).figures["linked automatically"] == 1


FAMILIES = (
    ("Lopez", "1961-05-27", "1 Main St"),
    ("Zimmer", "1984-11-03", "22 Elm Ave"),
    ("Quist", "1947-02-14", "9 Oak Rd"),
)


def test_a_rehearsal_counts_what_people_judged_and_no_link_that_nobody_looked_at(clinic):
    pairs = []
    for number, (name, born, street) in enumerate(FAMILIES):
        own = {"born": born, "street": street, "phone": f"212-555-012{number}",
               "email": f"m{number}@{name}.test"}  # fmt: skip
        older = clinic.send_and_search(STORED | own | {"ehr": f"E-{number}", "last": name})
        other = {"mbi": f"1EG4-TE5-MK7{number}", "last": f"{name}s"}
        younger = clinic.send_and_search(NEW | own | other)
        pairs.append((younger.patient(2), older.patient(2)))
    clinic.judge("same", *pairs[0])
    clinic.judge("different", *pairs[1])
    clinic.connection.commit()
    found = rehearse(clinic.connection, clinic.account.id, MODEL.automatic)
    assert (found.judged, found.right, found.wrong) == (2, 1, 1)
    none = rehearse(clinic.connection, clinic.account.id, 900)
    assert (none.judged, none.right, none.wrong) == (2, 0, 0)
    clinic.judge("split", *pairs[0])
    clinic.connection.commit()
    found = rehearse(clinic.connection, clinic.account.id, MODEL.automatic)
    assert (found.right, found.wrong) == (0, 2)
