"""Whatever is late, repeated, run again and undone: a replay of the files says the same."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from registry.accounts.accounts import add_account
from registry.decisions.undo import undo
from registry.ledger.imports import get_import
from tests.files import care, john, maria
from tests.importing import process, put
from tests.nights import MONDAY
from tests.registry.decisions.replay import SINGLE, replayed_rows
from tests.state import facts

NUMBERS = iter(range(10**6))
CELLS = {
    "last": ["Lopez", "Lopes"],
    "city": ["Rome", "Oslo", "Bern", "#N/A", ""],
    "score": ["1", "2", "#N/A", ""],
    "phone": ["+12125550123", "+12125550124", ""],
    "email": ["a@example.org", "b@example.org", "#N/A", ""],
    "flags": ["Frail", "Frail; Lives alone", "Lives alone", "#N/A", ""],
    "mbi": ["1EG4TE5MK73", ""],
}
ROWS = st.builds(
    lambda who, cells: who(**cells if who is maria else cells | {"mbi": ""}),
    st.sampled_from([maria, john]),
    st.fixed_dictionaries({name: st.sampled_from(values) for name, values in CELLS.items()}),
)
CONTENTS = st.lists(ROWS, min_size=1, max_size=3)
DAYS = st.integers(0, 9)
STEPS = st.one_of(
    st.tuples(st.just("send"), DAYS, CONTENTS),
    st.tuples(st.just("send again"), DAYS, st.integers(0, 4)),
    st.tuples(st.just("backfill"), st.integers(0, 4), st.none()),
    st.tuples(st.just("undo"), st.integers(0, 4), st.none()),
)


class ReplayedClinic:
    """A clinic, and what a replay of its files says that its patients are."""

    def __init__(self, database, connection, folder):
        self.database, self.connection, self.folder = database, connection, folder
        self.account = add_account(connection, f"replayed-{next(NUMBERS)}", "thoroughcare")
        connection.commit()
        self.imports, self.contents, self.undone = [], [], set()

    def send(self, day, content):
        # Two files of one day were received a minute apart.
        at = MONDAY + timedelta(days=day, minutes=len(self.imports))
        received = put(
            self.database, self.connection, self.account, care(*content), folder=self.folder,
            received_at=at,
        )  # fmt: skip
        self.imports.append(process(self.database, self.connection, received).imported)
        self.contents.append((at, content))

    def send_again(self, day, number):
        if self.imports:
            self.send(day, self.contents[number % len(self.imports)][1])

    def backfill(self, number, _=None):
        if self.imports:
            number %= len(self.imports)
            process(self.database, self.connection, self.imports[number], again=True)
            self.undone.discard(number)

    def undo(self, number, _=None):
        if self.imports:
            number %= len(self.imports)
            imported = get_import(self.connection, self.imports[number].partition_key)
            undo(self.connection, imported, "rita", datetime.now(UTC))
            self.connection.commit()
            self.undone.add(number)

    def expected(self):
        in_effect = [each for n, each in enumerate(self.contents) if n not in self.undone]
        return replayed_rows(content for _, content in sorted(in_effect, key=lambda each: each[0]))

    def held(self):
        known = set(SINGLE.values())
        patients = [
            {a: v for a, v in each.items() if a in known or a.startswith("flag/")}
            for each in facts(self.connection, self.account.id).values()
        ]
        return sorted(patients, key=lambda patient: patient.get("identifier/ehr/value", ""))

    def do(self, steps):
        for what, *about in steps:
            getattr(self, what.replace(" ", "_"))(*about)
            assert self.held() == self.expected(), what


@pytest.fixture
def replayed_clinic(database, connection, tmp_path):
    return lambda: ReplayedClinic(database, connection, tmp_path)


@pytest.mark.slow
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEPS, min_size=4, max_size=9))
def test_patients_are_as_a_replay_of_the_files_in_effect_makes_them(replayed_clinic, steps):
    replayed_clinic().do(steps)


FULL = maria(city="Rome", phone="+12125550123", email="a@example.org", flags="Frail")
FULL_JOHN = john(city="Lima", score="1")


@pytest.mark.external_postgres
def test_a_value_that_a_newer_file_had_said_before_stays_when_that_file_is_undone(replayed_clinic):
    clinic = replayed_clinic()
    clinic.do([("send", 0, [FULL, FULL_JOHN]), ("undo", 0), ("send", 1, [FULL, FULL_JOHN])])
    clinic.do([("backfill", 0), ("undo", 1)])
    assert [each["birth_date"] for each in clinic.held()] == ["1961-05-27", "1950-01-02"]
    clinic.do([("send", 2, [FULL, FULL_JOHN])])
    assert len(clinic.held()) == 2, "the next night creates nobody twice"


@pytest.mark.parametrize(
    "late",
    [
        {"city": "Bern"},
        {"city": "#N/A"},
        {"flags": "Lives alone"},
        {"flags": "#N/A"},
        {"last": "Lopes", "mbi": "1EG4TE5MK73", "email": "b@example.org"},
    ],
    ids=["a value", "a cleared value", "an item", "a cleared list", "name and identifier"],
)
@pytest.mark.parametrize(
    "newer",
    [{"city": "Oslo", "flags": "Frail; Lives alone"}, {"city": "#N/A", "flags": "#N/A"}, {}],
    ids=["says other", "clears", "says the same"],
)
def test_what_a_newer_file_kept_out_comes_back_when_that_file_is_undone(
    replayed_clinic, newer, late
):
    replayed_clinic().do(
        [
            ("send", 0, [FULL]),
            ("send", 2, [FULL | newer]),
            ("send", 1, [maria(**late)]),
            ("undo", 1),
            ("undo", 0),
            ("backfill", 1),
            ("undo", 2),
        ]
    )


def test_an_even_older_file_does_not_replace_a_value_that_an_undo_brought_back(replayed_clinic):
    clinic = replayed_clinic()
    clinic.do([("send", 3, [FULL]), ("send", 2, [maria(city="Bern")]), ("undo", 0)])
    clinic.do([("send", 1, [maria(city="Oslo", score="1")])])
    assert clinic.held()[0]["address/home/city"] == "Bern"


def test_a_late_file_does_not_fill_what_a_newer_one_had_cleared_while_it_was_empty(replayed_clinic):
    clinic = replayed_clinic()
    clinic.do([("send", 2, [maria(city="#N/A", flags="#N/A")])])
    clinic.do([("send", 1, [maria(city="Bern", flags="Frail")]), ("undo", 0)])
    assert clinic.held()[0]["address/home/city"] == "Bern"
