"""What was imported in a night, read from the ledger as it is now: accounts, rules, troubles.

Counts, codes and columns only; no value of a patient, and no name of a file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row, dict_row

from registry.database.statements import Statements
from registry.ledger.states import HELD
from schemas.catalogue import get_format

_SQL = Statements(__file__)

NIGHT = timedelta(hours=24)
STUCK_AFTER = timedelta(hours=1)
USUAL_IMPORTS = 10
"""How many imports before the night make up what is usual."""


@dataclass(frozen=True)
class AccountNight:
    """An account's files of which an attempt ended in the night; each by its latest attempt.

    `usual_share` is the mean error share of the ten imports before the night, None without any.
    `missing` patients are those whom whole lists did not name; None where nobody counted.
    `slowest_seconds` is from receipt to the first result, waiting for midnight included.
    """

    account: str
    files: int
    failed: int
    records: int
    created: int
    updated: int
    unchanged: int
    errored: int
    missing: int | None
    usual_share: float | None
    slowest_seconds: float | None

    @property
    def error_share(self) -> float | None:
        """Rows that failed, as a share of the records; None where there are none."""
        return self.errored / self.records if self.records else None


@dataclass(frozen=True)
class RuleLine:
    """How many rows of an account's night have an issue; `share` is of the account's records."""

    account: str
    code: str
    severity: str
    column: str | None
    rows: int
    share: float


@dataclass(frozen=True)
class Trouble:
    """An import that failed in the night, is held, is stuck, or has no result.

    `since` is when it failed or when it was taken up; `tries` counts how often it was taken up.
    `reason`: why it is held. `lacks_result`: what it changes is written, and only its result file
    is missing.
    """

    key: str
    account: str
    state: str
    fault_code: str | None
    since: datetime
    run_id: str | None
    tries: int
    lacks_result: bool
    import_id: UUID
    reason: str | None = None

    @property
    def is_stuck(self) -> bool:
        """Whether it neither failed nor waits for a person."""
        return self.state not in ("failed", HELD)

    @property
    def why_stuck(self) -> str:
        """Why an import that did not fail needs a hand."""
        if self.state == HELD:
            return f"held for a person: {self.reason}"
        tries = f" after {self.tries} tries" if self.tries > 1 else ""
        if self.lacks_result:
            return f"everything is written but its result file{tries}"
        return f"cut off {self.tries} times" if tries else "processing for more than an hour"

    @property
    def way_out(self) -> str:
        """What ends it if nothing else does."""
        if self.state == HELD:
            key = self.key[-10:]
            return f"`rosterline let-through {key}` or `rosterline refuse {key}`"
        if self.state == "completed":
            return "materialise `result_files` of it once the folders can be written"
        return f"`rosterline give-up {self.key[-10:]}` ends it"


@dataclass(frozen=True)
class Night:
    """The whole report of a night; `day` None means the 24 hours until now."""

    day: date | None
    accounts: list[AccountNight]
    rules: list[RuleLine]
    troubles: list[Trouble]


def read_night(
    connection: Connection, day: date | None = None, account: str | None = None
) -> Night:
    """The 24 hours until now; with `day`, until its noon in the zone of each account.

    Stuck imports are those of now, whatever day is asked for.
    """
    asked = {
        "day": day,
        "account": account,
        "length": NIGHT,
        "usual_imports": USUAL_IMPORTS,
    }
    with connection.cursor(row_factory=class_row(AccountNight)) as cursor:
        accounts = cursor.execute(_of_night("night_accounts"), asked).fetchall()
    records = {each.account: each.records for each in accounts}
    rules = _rules(connection, asked, records)
    return Night(day, accounts, rules, read_troubles(connection, day, account))


def read_troubles(
    connection: Connection, day: date | None = None, account: str | None = None
) -> list[Trouble]:
    """Imports that are held, then those that failed in the night, then those that are stuck.

    Stuck is what has been in processing for an hour or was cut off twice, and what was
    given up without its result.
    """
    asked = {"day": day, "account": account, "length": NIGHT, "stuck": STUCK_AFTER}
    with connection.cursor(row_factory=class_row(Trouble)) as cursor:
        held = cursor.execute(_SQL["night_held"], asked).fetchall()
        failed = cursor.execute(_of_night("night_failed"), asked).fetchall()
        return held + failed + cursor.execute(_SQL["night_stuck"], asked).fetchall()


def _of_night(name: str) -> bytes:
    """A statement that reads the latest attempts with the nights of their accounts."""
    return _SQL[name].format(latest_attempts=f"({_SQL['latest_attempts']})").encode()


def _rules(
    connection: Connection, asked: Mapping[str, object], records: Mapping[str, int]
) -> list[RuleLine]:
    """By account, code and column as the format names it; errors first, the most rows first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(_of_night("night_rules"), asked).fetchall()
    rows: dict[tuple[str, str, str, str | None], int] = {}
    for each in found:
        is_of_row = each["column_name"] is None
        column = None if is_of_row else get_format(each["format"]).label_of(each["slot"])
        name = (each["account"], each["code"], each["severity"], column)
        rows[name] = rows.get(name, 0) + each["rows"]
    lines = [
        RuleLine(*name, rows=count, share=count / records[name[0]] if records[name[0]] else 0.0)
        for name, count in rows.items()
    ]
    return sorted(lines, key=lambda line: (line.severity != "error", -line.rows, line.code))
