"""Imports, backfills, links, merges, splits, undos in any order: nobody is lost, all comes back.

Clusters that are judged and taken back are among them.
"""

from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from registry.accounts.accounts import change_settings
from registry.database.row_level_security import as_account
from registry.decisions.clusters import all_different, cluster_of, judge_cluster
from registry.decisions.judgements import Reviewer
from registry.decisions.take_back import take_back_cluster
from registry.patients.merged_ids import surviving_patient
from registry.tables.patients import parts
from schemas.errors import NotAllowed
from tests.assets.potential_duplicates.test_automatic_links import NEW, STORED, undo_import
from tests.assets.potential_duplicates.test_matching_copy import Steps
from tests.files import john

NUMBERS = count()
ROWS = st.builds(
    lambda base, cells: base | cells,
    st.sampled_from([STORED, NEW, john(phone="212-555-0199")]),
    st.fixed_dictionaries(
        {
            "ehr": st.sampled_from(["E-1", "E-2", ""]),
            "mbi": st.sampled_from(["1EG4-TE5-MK73", "1EG4-TE5-MK74", ""]),
            "last": st.sampled_from(["Lopez", "Lopes", "Lopec"]),
            "city": st.sampled_from(["New York", "Oslo"]),
        }
    ),
)
FILES = st.lists(ROWS, min_size=1, max_size=3)
STEPS = st.one_of(
    st.tuples(st.sampled_from(["send and search", "send, search and undo"]), FILES),
    st.tuples(
        st.sampled_from(
            ["backfill", "undo", "same", "different", "split", "merge and split", "judge cluster",
             "judge cluster and take it back", "keep cluster apart and take it back"]
        ),
        st.integers(0, 5),
    ),
)  # fmt: skip

OPEN_PAIRS_OF_NOBODY = """
    SELECT count(*) FROM review WHERE state = 'open' AND NOT (
        EXISTS (SELECT FROM patient WHERE id = review.patient_id)
        AND EXISTS (SELECT FROM patient WHERE id = review.other_patient_id))
"""
ALIASES_OF_NOBODY = (
    "SELECT count(*) FROM patient_alias WHERE patient_id NOT IN (SELECT id FROM patient)"
)
ROWS_IN_EFFECT = """
    SELECT DISTINCT import_row.patient_id FROM import_row
    JOIN import ON import_row.import_id = import.id AND import.account_id = %s
    WHERE import_row.patient_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM undone_attempt WHERE undone_attempt.import_id = import_row.import_id
            AND undone_attempt.attempt = import_row.attempt)
"""


class AnyOrder(Steps):
    """What may happen to the registry of an account that links automatically."""

    def do(self, what, about):
        own = {
            "send and search": self._send_and_search,
            "send, search and undo": self._send_search_and_undo,
            "merge and split": self._merge_and_split,
            "judge cluster": self._judge_cluster,
            "judge cluster and take it back": self._judge_cluster_and_take_back,
            "keep cluster apart and take it back": self._keep_apart_and_take_back,
        }
        if what in own:
            own[what](about)
        else:
            super().do(what, about)
        self._nobody_is_lost()

    @contextmanager
    def _as_before(self):
        before = self.clinic.facts()
        yield
        assert self.clinic.facts() == before

    def _send_and_search(self, rows):
        self.imports.append(self.clinic.send_and_search(*rows))

    def _send_search_and_undo(self, rows):
        with self._as_before():
            undo_import(self.clinic, self.clinic.send_and_search(*rows))

    def _merge_and_split(self, number):
        pairs = self.clinic.open_pairs()
        if pairs:
            pair = pairs[number % len(pairs)]
            with self._as_before():
                self.clinic.judge("same", *pair)
                self.clinic.judge("split", *pair)
                self.clinic.connection.commit()

    def _cluster(self, number):
        """The patients of an open pair, and all whom pairs connect with them; none without one."""
        pairs = self.clinic.open_pairs()
        if not pairs:
            return ()
        one = pairs[number % len(pairs)][0]
        return cluster_of(self.clinic.connection, self.clinic.account.id, one)

    def _decide(self, act, *about):
        """Decide as at the portal; what is refused changes nothing."""
        self.clinic.connection.commit()
        reviewer = Reviewer(self.clinic.account.id, "rita", datetime.now(UTC))
        with suppress(NotAllowed), as_account(self.clinic.connection, self.clinic.account.id):
            return act(self.clinic.connection, reviewer, *about)
        return None

    def _judge_cluster(self, number):
        """All of them, or all but one, who is somebody else."""
        patients = self._cluster(number)
        if not patients:
            return None
        other = patients[number % len(patients)] if len(patients) > 2 and number % 2 else None
        same = [each for each in patients if each != other]
        return self._decide(judge_cluster, same, [other] if other else [])

    @contextmanager
    def _queue_as_before(self):
        before = self.clinic.open_pairs()
        with self._as_before():
            yield
        assert self.clinic.open_pairs() == before

    def _judge_cluster_and_take_back(self, number):
        with self._queue_as_before():
            if decisions := self._judge_cluster(number):
                assert self._decide(take_back_cluster, decisions[0].patient_id)

    def _keep_apart_and_take_back(self, number):
        with self._queue_as_before():
            if patients := self._cluster(number):
                assert self._decide(all_different, patients)
                assert self._decide(take_back_cluster, patients[0])

    def _nobody_is_lost(self):
        connection, account = self.clinic.connection, self.clinic.account.id
        orphans = {
            part.name: connection.execute(
                f"SELECT count(*) FROM {part.name} WHERE patient_id NOT IN (SELECT id FROM patient)"
            ).fetchone()[0]
            for part in parts.values()
        }
        assert not any(orphans.values()), orphans
        for query in (OPEN_PAIRS_OF_NOBODY, ALIASES_OF_NOBODY):
            assert connection.execute(query).fetchone() == (0,), query
        there = set(self.clinic.facts())
        named = connection.execute(ROWS_IN_EFFECT, (account,)).fetchall()
        lost = [
            patient for (patient,) in named
            if str(surviving_patient(connection, account, patient)) not in there
        ]  # fmt: skip
        assert lost == []


@pytest.mark.slow
@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEPS, min_size=3, max_size=7))
@example(
    steps=[
        ("send and search", [STORED | {"ehr": "E-3", "city": "Oslo"}, STORED | {"ehr": "E-4"}]),
        ("judge cluster and take it back", 0),
        ("judge cluster and take it back", 1),
        ("keep cluster apart and take it back", 0),
        ("judge cluster", 1),
        ("undo", 0),
        ("backfill", 0),
        ("judge cluster and take it back", 2),
    ]
)
def test_in_any_order_nobody_is_lost_and_undo_and_split_are_as_before(another_clinic, steps):
    clinic = another_clinic(f"clinic-{next(NUMBERS)}")
    clinic.account = change_settings(clinic.connection, clinic.account, {"link_above": 1})
    clinic.connection.commit()
    happening = AnyOrder(clinic)
    happening.do("send and search", [STORED])
    happening.do("send and search", [NEW])
    for what, about in steps:
        happening.do(what, about)
