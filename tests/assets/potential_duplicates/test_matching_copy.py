"""The copy shows the registry as it is, however it came there; and it is made again at will."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from assets.potential_duplicates.matching_copy import open_copy
from registry.decisions.undo import undo
from registry.ledger.imports import get_import
from schemas.errors import NotAllowed
from tests.files import john, maria

NUMBERS = iter(range(10**6))
MBIS = ["1EG4-TE5-MK73", "1EG4-TE5-MK74", ""]


def content(clinic, *, make_again=False):
    """The rows of a copy by patient, without their numbers, and how it came up to date."""
    with open_copy(
        clinic.settings, clinic.connection, clinic.account.id, make_again=make_again
    ) as (duck, update):
        features = duck.execute(
            "SELECT * EXCLUDE (number) FROM copied.features ORDER BY patient_id"
        ).fetchall()
        keys = duck.execute(
            "SELECT patient_id, rule, key FROM copied.patient_key"
            " JOIN copied.features USING (number) ORDER BY ALL"
        ).fetchall()
        orphans = duck.execute(
            "SELECT count(*) FROM copied.patient_key ANTI JOIN copied.features USING (number)"
        ).fetchall()
    assert orphans == [(0,)]
    assert update.missing == 0
    return (features, keys), update


def test_a_copy_has_each_patient_with_their_keys(clinic):
    done = clinic.send(maria(phone="212-555-0123"), john())
    (features, keys), update = content(clinic)
    assert [str(row[0]) for row in features] == sorted(str(done.patient(line)) for line in (2, 3))
    assert {"phone", "ehr", "birth_first", "birth_last"} <= {rule for _, rule, _ in keys}
    assert (update.copied, update.made_again, update.patients) == (2, True, 2)


def test_only_patients_who_changed_are_copied_again(clinic):
    clinic.send(maria(), john())
    content(clinic)
    clinic.send(maria(phone="212-555-0123"), john())
    (_, keys), update = content(clinic)
    assert (update.copied, update.made_again) == (1, False)
    assert "phone" in {rule for _, rule, _ in keys}
    assert content(clinic)[1].copied == 0


def test_a_copy_is_made_again_where_it_cannot_be_used(clinic):
    clinic.send(maria(), john())
    expected, _ = content(clinic)
    path = clinic.settings.matching_dir / f"{clinic.account.id}.duckdb"
    for damage in (
        lambda: path.write_bytes(b"no database"),
        lambda: path.write_bytes(path.read_bytes()[:5000]),
        path.unlink,
    ):
        damage()
        found, update = content(clinic)
        assert (found, update.made_again) == (expected, True)
    assert content(clinic, make_again=True)[1].made_again


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE copied.copied SET made_with = 'other features'",
        "UPDATE copied.copied SET version = 7",
        "UPDATE copied.copied SET change_set = uuid()",
    ],
    ids=["other features", "a version that is not there yet", "another registry"],
)
def test_a_copy_of_something_else_is_made_again(clinic, change):
    clinic.send(maria(), john())
    expected, _ = content(clinic)
    with open_copy(clinic.settings, clinic.connection, clinic.account.id) as (duck, _):
        duck.execute(change)
    found, update = content(clinic)
    assert (found, update.made_again) == (expected, True)


def test_a_copy_of_an_account_from_before_change_sets_is_made_again(clinic):
    clinic.send(maria(), john())
    clinic.connection.execute("DELETE FROM change_set")
    clinic.connection.commit()
    content(clinic)
    clinic.send(maria(phone="212-555-0123"), john())
    _, update = content(clinic)
    assert (update.copied, update.made_again) == (1, False)


def test_an_update_that_was_cut_off_is_done_again(clinic):
    clinic.send(maria(), john())
    content(clinic)
    with open_copy(clinic.settings, clinic.connection, clinic.account.id) as (duck, _):
        before = duck.execute("SELECT version, change_set FROM copied.copied").fetchall()
    clinic.send(maria(phone="212-555-0123"), john(city="Oslo"))
    expected, _ = content(clinic)
    with open_copy(clinic.settings, clinic.connection, clinic.account.id) as (duck, _):
        # As if it had ended after the first of the two patients.
        duck.execute("DELETE FROM copied.features WHERE first_name = 'john'")
        duck.execute("DELETE FROM copied.patient_key WHERE number NOT IN"
                     " (SELECT number FROM copied.features)")  # fmt: skip
        duck.execute("UPDATE copied.copied SET version = ?, change_set = ?", list(before[0]))
    found, update = content(clinic)
    assert (found, update.copied, update.made_again) == (expected, 2, False)


ROWS = st.builds(
    lambda who, cells: who(**cells),
    st.sampled_from([maria, john]),
    st.fixed_dictionaries(
        {
            "ehr": st.sampled_from(["E-1", "E-2", "E-3", ""]),
            "mbi": st.sampled_from(MBIS),
            "phone": st.sampled_from(["212-555-0123", "212-555-0124", "#N/A", ""]),
            "city": st.sampled_from(["Rome", "Oslo", ""]),
            "last": st.sampled_from(["Lopez", "Lopes"]),
        }
    ),
)
STEPS = st.one_of(
    st.tuples(st.just("send"), st.lists(ROWS, min_size=1, max_size=4)),
    st.tuples(st.sampled_from(["backfill", "undo", "same", "different", "split"]),
              st.integers(0, 5)),
    st.tuples(st.just("look"), st.none()),
)  # fmt: skip


class Steps:
    """What may happen to an account's registry, one after the other."""

    def __init__(self, clinic):
        self.clinic, self.imports = clinic, []

    def do(self, what, about):
        getattr(self, f"_{what}" if what in ("send", "look", "undo", "backfill") else "_judge")(
            what, about
        )

    def _send(self, _, rows):
        self.imports.append(self.clinic.send(*rows))

    def _look(self, *_):
        content(self.clinic)

    def _undo(self, _, number):
        if self.imports:
            key = self.imports[number % len(self.imports)].imported.partition_key
            imported = get_import(self.clinic.connection, key)
            undo(self.clinic.connection, imported, "rita", datetime.now(UTC))
            self.clinic.connection.commit()

    def _backfill(self, _, number):
        if self.imports:
            self.clinic.again(self.imports[number % len(self.imports)])

    def _judge(self, act, number):
        state = "same" if act == "split" else "open"
        pairs = self.clinic.connection.execute(
            "SELECT patient_id, other_patient_id FROM review WHERE account_id = %s AND state = %s"
            " ORDER BY 1, 2",
            (self.clinic.account.id, state),
        ).fetchall()
        if pairs:
            try:
                self.clinic.judge(act, *pairs[number % len(pairs)])
                self.clinic.connection.commit()
            except NotAllowed:
                self.clinic.connection.rollback()


@pytest.mark.slow
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEPS, min_size=4, max_size=10))
def test_whatever_happens_the_copy_equals_one_that_is_made_from_scratch(another_clinic, steps):
    clinic = another_clinic(f"clinic-{next(NUMBERS)}")
    happening = Steps(clinic)
    happening.do("send", [maria(), maria(ehr="E-9", mbi=MBIS[0])])
    content(clinic)
    for what, about in steps:
        happening.do(what, about)
    kept, _ = content(clinic)
    made, update = content(clinic, make_again=True)
    assert update.made_again
    assert kept == made
