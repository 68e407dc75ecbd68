"""Several records of one person are one task."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from registry.accounts.accounts import add_account
from registry.database.row_level_security import as_account
from registry.decisions.clusters import (
    all_different,
    clusters_of,
    judge_cluster,
    list_tasks,
    next_task,
    tasks,
)
from registry.decisions.review_queue import Chosen, list_pairs
from registry.decisions.take_back import take_back_cluster
from schemas.errors import NotAllowed, NotFound
from tests.files import john, maria
from tests.reviewed_account import pair_of, three


def cluster_sizes(reviewed, *patients):
    found = clusters_of(reviewed.connection, reviewed.account.id, patients)
    return [len(found[patient]) for patient in patients]


def at_once(reviewed, act, *about, minute=1):
    """A decision of the evening, `minute` minutes after the reviewer came."""
    reviewed.connection.commit()
    reviewer = reviewed.reviewer()
    reviewer = replace(reviewer, at=reviewer.at + timedelta(minutes=minute))
    with as_account(reviewed.connection, reviewed.account.id):
        return act(reviewed.connection, reviewer, *about)


def judge(reviewed, one_person, others=(), minute=1):
    return at_once(reviewed, judge_cluster, one_person, others, minute=minute)


def queue(reviewed):
    """Every pair with its state, why, and what it is there for."""
    return reviewed.connection.execute(
        "SELECT patient_id, other_patient_id, state, reason, why_different, asked_by, closed_by"
        " FROM review WHERE account_id = %s ORDER BY 1, 2",
        (reviewed.account.id,),
    ).fetchall()


def test_three_pairs_of_three_records_are_one_task(reviewed):
    a, b, c = three(reviewed)
    reviewed.connection.execute(
        "DELETE FROM review WHERE (patient_id, other_patient_id) = (%s, %s)", (c, a)
    )
    found = clusters_of(reviewed.connection, reviewed.account.id, [a, b, c])
    assert set(found.values()) == {(a, b, c)}, "a and c are connected through b"
    pairs = list_pairs(reviewed.connection, reviewed.account.id, "open", 9)
    assert tasks(pairs, found) == pairs[:1]


def test_clusters_follow_the_judgements(reviewed):
    a, b, c = three(reviewed)
    reviewed.judge("different", c, a)
    assert cluster_sizes(reviewed, a, b, c) == [3, 3, 3]
    reviewed.judge("different", c, b)
    assert cluster_sizes(reviewed, a, b, c) == [2, 2, 1]
    reviewed.judge("same", b, a)
    assert cluster_sizes(reviewed, a, c) == [1, 1]


def test_a_patient_without_an_open_pair_is_alone(reviewed):
    patient = reviewed.send(john()).patient(2)
    found = clusters_of(reviewed.connection, reviewed.account.id, [patient])
    assert found == {patient: (patient,)}
    assert clusters_of(reviewed.connection, reviewed.account.id, []) == {}


def test_accounts_have_clusters_of_their_own(reviewed, open_account):
    other = open_account("thoroughcare")
    a, b = pair_of(reviewed)
    assert cluster_sizes(other, a, b) == [1, 1]


def test_a_whole_cluster_is_merged_into_its_oldest_at_once(reviewed):
    a, b, c = three(reviewed)
    decisions = judge(reviewed, [c, a, b])
    assert [(each.patient_id, each.other_patient_id) for each in decisions] == [(a, b), (a, c)]
    assert reviewed.open_pairs() == []
    assert list(reviewed.facts()) == [str(a)]


def test_some_of_a_cluster_are_one_person_and_the_others_are_not(reviewed):
    a, b, c = three(reviewed)
    judge(reviewed, [a, c], others=[b])
    assert set(reviewed.facts()) == {str(a), str(b)}
    assert reviewed.open_pairs() == []
    with pytest.raises(NotAllowed, match="at least two"):
        judge(reviewed, [a])


def test_the_splits_of_a_merged_cluster_are_as_before(reviewed):
    a, b, c = three(reviewed)
    before = reviewed.facts()
    judge(reviewed, [a, b, c])
    reviewed.judge("split", b, a)
    reviewed.judge("split", c, a)
    assert reviewed.facts() == before


def test_two_who_were_judged_different_are_not_merged_by_a_cluster(reviewed):
    a, b, c = three(reviewed)
    reviewed.judge("different", c, a)
    with pytest.raises(NotAllowed, match="were judged different, by rita"):
        judge(reviewed, [a, b, c])
    with pytest.raises(NotAllowed, match="as the same person and as another"):
        judge(reviewed, [a, b], others=[b])
    judge(reviewed, [a, b])
    assert set(reviewed.facts()) == {str(a), str(c)}


@pytest.mark.parametrize("last", [True, False], ids=["the last decision", "the decision of then"])
@pytest.mark.parametrize(
    ("one_person", "others"),
    [("abc", ""), ("ab", "c"), ("ac", "b"), ("bc", "a"), ("bc", ""), ("", "")],
)
def test_a_decision_about_a_cluster_is_taken_back_whole(reviewed, one_person, others, last):
    ids = dict(zip("abc", three(reviewed), strict=True))
    reviewed.connection.execute(
        "DELETE FROM review WHERE patient_id = %s AND other_patient_id = %s", (ids["c"], ids["a"])
    )  # a and c are connected through b only
    before, pairs = reviewed.facts(), queue(reviewed)
    if one_person:
        judge(reviewed, [ids[name] for name in one_person], [ids[name] for name in others])
    else:
        at_once(reviewed, all_different, list(ids.values()), "twins")
    assert queue(reviewed) != pairs
    at = None if last else reviewed.reviewer().at + timedelta(minutes=1)
    about = ids[one_person[0] if one_person else "b"]
    assert at_once(reviewed, take_back_cluster, about, at, minute=2)
    assert reviewed.facts() == before
    assert queue(reviewed) == pairs


def test_only_what_was_judged_at_that_moment_is_taken_back(reviewed):
    a, b, c = three(reviewed)
    judge(reviewed, [a, b], minute=1)
    judge(reviewed, [a, c], minute=2)
    at_once(reviewed, take_back_cluster, a, minute=3)
    assert set(reviewed.facts()) == {str(a), str(c)}
    at_once(reviewed, take_back_cluster, a, minute=4)
    assert set(reviewed.facts()) == {str(a), str(b), str(c)}
    for patient in (a, uuid4()):
        with pytest.raises(NotFound, match="no decision about this patient"):
            at_once(reviewed, take_back_cluster, patient, minute=5)


def test_what_others_judged_at_the_same_moment_stays(reviewed):
    a, b, c = three(reviewed)
    done = reviewed.send(john(), john(ehr="E-7"))
    one, other = done.patient(2), done.patient(3)
    judge(reviewed, [a, b, c])
    judge(reviewed, [one, other])
    at_once(reviewed, take_back_cluster, a, minute=2)
    assert set(reviewed.facts()) == {str(a), str(b), str(c), str(one)}


def test_nobody_of_a_cluster_is_somebody_else_of_it(reviewed):
    a, b, c = three(reviewed)
    assert len(at_once(reviewed, all_different, [a, b, c], "relatives")) == 3
    assert reviewed.open_pairs() == []
    assert {row[4] for row in queue(reviewed)} == {"relatives"}
    with pytest.raises(NotAllowed, match="somebody judged them already"):
        at_once(reviewed, all_different, [a, b, c])


class TestTheQueueOfTasks:
    """A cluster stands where the first of its pairs does, and nowhere else."""

    @pytest.fixture
    def connected(self, connection):
        """Adds open pairs of patients by number, with their weights."""
        account = add_account(connection, "clinic", "thoroughcare")

        def added(*pairs):
            for younger, older, weight in pairs:
                connection.execute(
                    "INSERT INTO review (patient_id, other_patient_id, account_id, reason,"
                    " import_id, attempt, line, weight) VALUES (lpad(%s::text, 32, '0')::uuid,"
                    " lpad(%s::text, 32, '0')::uuid, %s, 'similar', gen_random_uuid(), 1, 2, %s)",
                    (younger, older, account.id, weight),
                )
            return account.id

        return added

    def pages(self, connection, account_id, count, chosen=Chosen()):  # noqa: B008 - frozen
        found, after = [], None
        while tasks_ := list_tasks(connection, account_id, count, after, chosen):
            found += tasks_
            after = tasks_[-1].pair.rank
        return [tuple(int(str(each)[-2:]) for each in task.patients) for task in found]

    @pytest.mark.parametrize("count", [1, 2, 25])
    def test_each_cluster_is_there_once_whatever_the_pages(self, connection, connected, count):
        account = connected(
            (2, 1, 9.0), (3, 2, 30.0), (4, 3, None), (4, 1, 12.0),
            (11, 10, 20.0), (21, 20, 5.0), (31, 30, None),
        )  # fmt: skip
        assert self.pages(connection, account, count) == [
            (1, 2, 3, 4), (10, 11), (20, 21), (30, 31),
        ]  # fmt: skip

    def test_a_filter_that_leaves_out_its_first_pair_does_not_hide_a_cluster(
        self, connection, connected
    ):
        account = connected((2, 1, 30.0), (3, 2, 9.0), (3, 1, 10.0), (11, 10, 9.5))
        likely = Chosen(band="likely")
        assert self.pages(connection, account, 25, likely) == [(1, 2, 3), (10, 11)]

    def test_a_cluster_of_many_pairs_does_not_fill_the_page(self, connection, connected):
        many = [(n, m, 30.0 - m) for n in range(2, 12) for m in range(1, n)]
        account = connected(*many, (51, 50, -90.0))
        assert self.pages(connection, account, 2) == [tuple(range(1, 12)), (50, 51)]

    def test_the_next_task_is_about_somebody_else(self, connection, connected):
        account = connected((2, 1, 30.0), (3, 2, 9.0), (11, 10, 9.5))
        first, second = list_tasks(connection, account, 9)
        after = first.pair.rank
        assert next_task(connection, account, after, besides=first.patients) == second
        assert next_task(connection, account, second.pair.rank) == first
        assert next_task(connection, account, after, besides=(*first.patients, *second.patients)
                         ) is None  # fmt: skip


def test_a_merged_pair_of_ones_choice_is_no_question_again_once_it_is_taken_back(reviewed):
    older, younger = reviewed.send(maria()).patient(2), reviewed.send(john()).patient(2)
    judge(reviewed, [older, younger])
    assert list(reviewed.facts()) == [str(older)]
    at_once(reviewed, take_back_cluster, younger, minute=2)
    assert queue(reviewed) == []
    assert set(reviewed.facts()) == {str(older), str(younger)}
