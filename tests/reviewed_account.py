"""An account whose reviewer judges pairs, within row-level security, as at the portal."""

from datetime import timedelta

from registry.accounts.accounts import add_account
from registry.database.row_level_security import as_account
from registry.decisions.judgements import Reviewer, ask_again, different
from registry.decisions.merge import same
from registry.decisions.review_queue import list_pairs
from registry.decisions.split import split
from tests.files import METRIPORT_HEADER, care, maria
from tests.importing import process, put
from tests.nights import MONDAY
from tests.state import facts

ACTS = {"same": same, "different": different, "split": split, "ask again": ask_again}


class ReviewedAccount:
    """An account that gets a file a day, and its reviewer, Rita, who decides in the evening."""

    def __init__(self, settings, connection, folder, file_format="thoroughcare", name="clinic"):
        self.settings, self.connection, self.folder = settings, connection, folder
        self.account = add_account(connection, name, file_format)
        self.header = METRIPORT_HEADER if file_format == "metriport" else ""
        self.day = 0
        connection.commit()

    def receive(self, *rows, day=None, **how):
        """Rows are those of the account's format: dictionaries, or lines of text."""
        self.day = self.day + 1 if day is None else day
        content = care(*rows) if isinstance(rows[0], dict) else self._lines(rows)
        return put(self.settings, self.connection, self.account, content, folder=self.folder,
                   received_at=MONDAY + timedelta(days=self.day), **how)  # fmt: skip

    def send(self, *rows, **how):
        return process(self.settings, self.connection, self.receive(*rows, **how))

    def again(self, done):
        """A further attempt over an import, as a backfill makes it."""
        return process(self.settings, self.connection, done.imported, again=True)

    def _lines(self, rows):
        return "".join(f"{line}\n" for line in (self.header, *rows) if line)

    def reviewer(self):
        at = MONDAY + timedelta(days=self.day, hours=8)
        return Reviewer(self.account.id, "rita@clinic.test", at)

    def judge(self, act, one, other):
        self.connection.commit()
        with as_account(self.connection, self.account.id):
            return ACTS[act](self.connection, self.reviewer(), one, other)

    def open_pairs(self):
        """(younger, older) of the open pairs."""
        pairs = list_pairs(self.connection, self.account.id, "open", 1000)
        return [(pair.younger.id, pair.older.id) for pair in pairs]

    def facts(self):
        return facts(self.connection, self.account.id)

    def of(self, patient):
        return self.facts()[str(patient)]

    def changes(self):
        return self.connection.execute("SELECT count(*) FROM patient_change").fetchone()[0]


def names_of(facts, prefix):
    """Values below an address."""
    return {value for address, value in facts.items() if address.startswith(f"{prefix}/")}


def pair_of(reviewed, first=None, second=None):
    """Maria twice, the second time under another EHR id; returns (younger, older)."""
    older = reviewed.send(maria(**(first or {})))
    younger = reviewed.send(maria(ehr="E-9", **(second or {})))
    assert reviewed.open_pairs() == [(younger.patient(2), older.patient(2))]
    return younger.patient(2), older.patient(2)


def three(reviewed, **cells):
    """Maria three times; returns the first, second, third and the pairs that are open."""
    first = reviewed.send(maria())
    second = reviewed.send(maria(ehr="E-8", city="Oslo", flags="Red"))
    third = reviewed.send(maria(ehr="E-9", flags="Red; Blue", **cells))
    a, b, c = (each.patient(2) for each in (first, second, third))
    assert reviewed.open_pairs() == [(b, a), (c, a), (c, b)]
    return a, b, c
