"""What a search puts into the review queue, and what it leaves alone."""

import json
from string import ascii_lowercase

import pytest

from identity.frequencies import MOST_HOLDERS
from registry.decisions.duplicate_searches import due_searches
from registry.decisions.undo import undo
from registry.ledger.imports import get_import
from tests.files import john, maria
from tests.nights import MONDAY

HOME = {"phone": "212-555-0123", "street": "1 Main St", "city": "New York"}
FIRST = maria(**HOME)
AGAIN = maria(ehr="", mbi="1EG4-TE5-MK73", first="Mariah", last="Lopes", **HOME)
"""Maria once more, by another identifier and under another spelling."""
OTHER = {"last": "Zimmer", "born": "1980-02-03", "phone": "", "street": "", "city": ""}


@pytest.fixture
def pair(clinic):
    """Maria's two patients, (younger, older), whom the search found."""
    older = clinic.send_and_search(FIRST).patient(2)
    younger = clinic.send_and_search(AGAIN).patient(2)
    assert [found[:3] for found in clinic.queue()] == [(younger, older, "similar")]
    return younger, older


def undo_import(clinic, done):
    imported = get_import(clinic.connection, done.imported.partition_key)
    undo(clinic.connection, imported, "rita", MONDAY)
    clinic.connection.commit()


def test_a_new_patient_who_is_spelled_otherwise_is_asked_about(clinic):
    older = clinic.send_and_search(FIRST)
    done = clinic.send(AGAIN)
    report = clinic.search(done)
    [(younger, other, reason, weight)] = clinic.queue()
    assert (younger, other) == (done.patient(2), older.patient(2))
    assert reason == "similar"
    assert weight > 4
    assert report.figures["reviews opened"] == report.figures["searched"] == 1
    assert report.figures["pairs missing"] == report.figures["missing in copy"] == 0


def test_two_rows_of_one_file_are_asked_about(clinic):
    done = clinic.send_and_search(FIRST, AGAIN)
    [(younger, older, *_)] = clinic.queue()
    assert {younger, older} == {done.patient(2), done.patient(3)}


def test_a_patient_whom_a_file_changed_is_asked_about_with_the_line_that_changed_them(clinic):
    stored = clinic.send_and_search(FIRST)
    other = clinic.send_and_search(john(), AGAIN | OTHER)
    assert clinic.queue() == []
    done = clinic.send_and_search(john(), AGAIN)
    [(younger, older, *_)] = clinic.queue()
    assert (younger, older) == (other.patient(3), stored.patient(2))
    row = clinic.connection.execute("SELECT import_id, attempt, line FROM review").fetchone()
    assert row == (done.imported.id, 1, 3)


@pytest.mark.usefixtures("pair")
def test_the_evidence_names_fields_and_levels_and_no_value_of_a_patient(clinic):
    [[evidence, model, probability]] = clinic.connection.execute(
        "SELECT evidence, model, probability FROM review"
    )
    assert {"field", "level", "title", "weight", "words"} == set(evidence[0])
    assert {"first_name", "last_name", "birth", "phone"} <= {line["field"] for line in evidence}
    text = json.dumps(evidence).casefold()
    assert not [value for value in ("maria", "lopes", "1961", "555", "main st") if value in text]
    assert model
    assert 0.5 < probability <= 1


def test_a_phone_that_many_of_the_registry_have_is_no_evidence(clinic):
    others = [
        john(
            ehr=f"J-{n}",
            first=f"Jo{letter}n",
            last=f"Mi{letter}ler",
            born=f"19{50 + n}-0{n % 9 + 1}-11",
            phone=HOME["phone"],
        )
        for n, letter in enumerate(ascii_lowercase[:MOST_HOLDERS])
    ]
    clinic.send(*others)
    clinic.send_and_search(FIRST)
    clinic.send_and_search(AGAIN)
    [[evidence]] = clinic.connection.execute("SELECT evidence FROM review")
    assert "street" in {line["field"] for line in evidence}
    assert "phone" not in {line["field"] for line in evidence}


def test_an_open_pair_gets_the_new_score_when_a_patient_changes(clinic, pair):
    [(*_, before)] = clinic.queue()
    report = clinic.search(clinic.send(AGAIN | {"last": "Lopez"}))
    [(*named, reason, after)] = clinic.queue()
    assert (tuple(named), reason) == (pair, "similar")
    assert after != before
    assert (report.figures["reviews opened"], report.figures["reviews scored again"]) == (0, 1)


def test_an_open_pair_that_falls_below_the_threshold_stays_with_its_lower_score(clinic, pair):
    [(*_, before)] = clinic.queue()
    clinic.send_and_search(
        AGAIN | {"first": "Zoe", "last": "Kim", "phone": "212-555-0177", "street": "9 Elm Ave"}
    )
    [(*named, _, after)] = clinic.queue()
    assert tuple(named) == pair
    assert after is None or after < before


def test_a_pair_of_the_exact_rules_gets_a_score_and_keeps_its_reason(clinic, pair):
    clinic.connection.execute("UPDATE review SET reason = 'same_name_and_birth', weight = NULL")
    clinic.send_and_search(AGAIN | {"city": "Oslo"})
    [(*named, reason, weight)] = clinic.queue()
    assert (tuple(named), reason) == (pair, "same_name_and_birth")
    assert weight > 4


def test_an_open_pair_is_found_also_where_its_older_patient_is_named_first(clinic, pair):
    clinic.connection.execute(
        "UPDATE review SET patient_id = other_patient_id, other_patient_id = patient_id"
    )
    report = clinic.search(clinic.send(AGAIN | {"city": "Oslo"}))
    assert (report.figures["reviews opened"], report.figures["reviews scored again"]) == (0, 1)
    assert [found[:2] for found in clinic.queue()] == [pair[::-1]]


def test_a_pair_that_was_judged_different_is_never_asked_again(clinic, pair):
    clinic.judge("different", *pair)
    clinic.connection.commit()
    report = clinic.search(clinic.send(AGAIN | {"last": "Lopez"}))
    assert clinic.queue() == []
    assert report.figures["pairs judged before"] == 1
    clinic.judge("ask again", *pair)
    clinic.connection.commit()
    clinic.search(clinic.send(AGAIN | {"last": "Lopes"}))
    assert [found[:2] for found in clinic.queue()] == [pair]


def test_what_was_judged_about_a_merged_patient_holds_for_the_surviving_one(clinic, pair):
    younger, older = pair
    third = clinic.send_and_search(AGAIN | {"mbi": "", "ehr": "E-7", "first": "Marya"}).patient(2)
    others = {frozenset(found[:2]) for found in clinic.queue()}
    assert others == {frozenset((younger, older)), frozenset((third, younger))}, "E-1 is not E-7"
    clinic.judge("different", younger, older)
    clinic.judge("same", third, younger)
    clinic.connection.commit()
    clinic.send_and_search(FIRST | {"city": "Oslo"}, AGAIN | {"city": "Oslo"})
    assert clinic.queue() == []


def test_a_merged_patient_is_no_candidate_any_more_and_is_one_after_the_split(clinic, pair):
    clinic.judge("same", *pair)
    clinic.connection.commit()
    report = clinic.search(clinic.send(john()))
    assert report.figures["patients"] == 2
    clinic.judge("split", *pair)
    clinic.connection.commit()
    report = clinic.search(clinic.send(john(city="Oslo")))
    assert report.figures["patients"] == 3
    assert report.figures["missing in copy"] == 0


def test_an_attempt_is_searched_once_and_again_when_a_person_asks(clinic):
    done = clinic.send(FIRST)
    assert clinic.search(done).figures["searched"] == 1
    assert clinic.search(done).passed_by == "no patient of it is to be searched for"
    assert clinic.search(done, again=True).figures["searched"] == 1


def test_a_backfill_is_searched_for_what_it_changed_only(clinic):
    done = clinic.send_and_search(FIRST)
    again = clinic.again(done)
    assert clinic.search(again).passed_by == "no patient of it is to be searched for"


def test_a_dry_run_is_not_searched(clinic, connection):
    done = clinic.send(FIRST, dry_run=True)
    assert due_searches(connection, 9) == []
    assert clinic.search(done).passed_by == "a dry run changes no patient"


def test_an_undone_import_is_not_searched(clinic, connection):
    clinic.send_and_search(FIRST)
    done = clinic.send(AGAIN)
    assert [each.partition_key for each in due_searches(connection, 9)] == [
        done.imported.partition_key
    ]
    undo_import(clinic, done)
    assert due_searches(connection, 9) == []
    assert clinic.search(done).passed_by == "no patient of it is to be searched for"
    assert clinic.queue() == []
    report = clinic.search(clinic.again(done))
    assert (report.figures["reviews opened"], len(clinic.queue())) == (1, 1)


def test_an_import_without_a_change_has_nothing_to_search(clinic):
    clinic.send_and_search(FIRST)
    report = clinic.search(clinic.send(FIRST))
    assert report.passed_by == "no patient of it is to be searched for"


def test_patients_of_two_accounts_never_meet(clinic, another_clinic):
    other = another_clinic("other")
    clinic.send_and_search(FIRST)
    report = other.search(other.send(AGAIN))
    assert report.figures["patients"] == 1
    assert clinic.queue() == other.queue() == []


def test_the_result_and_the_outcomes_are_as_without_a_search(clinic, another_clinic, settings):
    other = another_clinic("other")
    results = []
    for each, searches in ((clinic, True), (other, False)):
        first = each.send(FIRST)
        if searches:
            each.search(first)
        second = each.send(AGAIN, john())
        results.append((first.outcomes, second.outcomes, second.codes()))
        if searches:
            before = second.result
            each.search(second)
            folder = settings.results_dir / second.imported.partition_key
            assert before in [path.read_bytes().decode() for path in folder.iterdir()]
    assert results[0] == results[1]


@pytest.mark.parametrize(
    "rows",
    [
        [FIRST],
        [{**john(), "ehr": f"E-{number}", "phone": "2125550100"} for number in range(700)],
    ],
    ids=["one patient", "seven hundred John Smiths of one birthday and phone"],
)
def test_a_registry_of_one_kind_of_patient(clinic, rows):
    report = clinic.search(clinic.send(*rows))
    assert report.figures["pairs missing"] == 0
    assert report.figures["candidates"] <= 500 * len(rows)
    if len(rows) > 1:
        assert report.figures["keys too common"] > 0
        assert "| phone | 1 |" in report.figures["keys too common by rule"]
