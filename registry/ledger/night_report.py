"""What a night did, read from the ledger as it is now: accounts, rules, and what needs a hand.

Counts, codes and columns only; no value of a patient, and no name of a file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from psycopg import Connection
from psycopg.rows import class_row, dict_row

from schemas.catalogue import get_format

NIGHT = timedelta(hours=24)
STUCK_AFTER = timedelta(hours=1)
USUAL_IMPORTS = 10
"""How many imports before the night make up what is usual."""


@dataclass(frozen=True)
class AccountNight:
    """An account's files of which an attempt ended in the night; each by its latest attempt.

    `usual_share` is the mean error share of the ten imports before the night, None without any.
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
    """An import that failed in the night, or has been in processing for long.

    `since` is when it failed or when it was taken up.
    """

    key: str
    account: str
    state: str
    fault_code: str | None
    since: datetime
    run_id: str | None


@dataclass(frozen=True)
class Night:
    """All of it; `day` None stands for the 24 hours until now."""

    day: date | None
    accounts: list[AccountNight]
    rules: list[RuleLine]
    troubles: list[Trouble]


# Until noon of the day where the account is, or until now. Imports are looked at in their latest
# attempt only, and dry runs not at all.
_ENDED = """
WITH span AS (
    SELECT id, name, until, until - %(length)s AS start FROM (
        SELECT id, name, coalesce(
            (%(day)s::date + time '12:00') AT TIME ZONE time_zone, now()) AS until
        FROM account WHERE %(account)s::text IS NULL OR name = %(account)s
    ) a
), latest AS (
    SELECT DISTINCT ON (t.import_id) t.*, i.account_id, i.partition_key, i.format, i.received_at
    FROM attempt t JOIN import i ON i.id = t.import_id JOIN span s ON s.id = i.account_id
    WHERE t.finished_at IS NOT NULL AND NOT i.dry_run
    ORDER BY t.import_id, t.number DESC
), ended AS (
    SELECT l.*, s.name FROM latest l JOIN span s ON s.id = l.account_id
    WHERE l.finished_at > s.start AND l.finished_at <= s.until
)
"""

_ACCOUNTS = f"""
{_ENDED}, first AS (
    SELECT import_id, min(finished_at) AS at FROM attempt
    WHERE import_id IN (SELECT import_id FROM ended) GROUP BY import_id
)
SELECT e.name AS account, count(*) AS files,
    count(*) FILTER (WHERE e.fault_code IS NOT NULL) AS failed,
    sum(e.records) AS records, sum(e.created) AS created, sum(e.updated) AS updated,
    sum(e.unchanged) AS unchanged, sum(e.errored) AS errored,
    (SELECT avg(share)::float FROM (
        SELECT l.errored::float / l.records AS share
        FROM latest l JOIN span s ON s.id = e.account_id
        WHERE l.account_id = e.account_id AND l.finished_at <= s.start AND l.records > 0
        ORDER BY l.finished_at DESC LIMIT {USUAL_IMPORTS}
    ) before) AS usual_share,
    max(extract(epoch FROM f.at - e.received_at))::float AS slowest_seconds
FROM ended e JOIN first f USING (import_id) GROUP BY e.account_id, e.name ORDER BY e.name
"""

_RULES = f"""
{_ENDED}
SELECT e.name AS account, e.format, q.code, q.severity::text AS severity, q.column_name, q.slot,
    count(DISTINCT (q.import_id, q.line)) AS rows
FROM ended e JOIN row_issue q ON q.import_id = e.import_id AND q.attempt = e.number
WHERE q.line > 0 AND q.severity <> 'info'
GROUP BY e.name, e.format, q.code, q.severity, q.column_name, q.slot
"""

_FAILED = f"""
{_ENDED}
SELECT partition_key AS key, name AS account, 'failed' AS state, fault_code,
    finished_at AS since, run_id
FROM ended WHERE fault_code IS NOT NULL ORDER BY finished_at
"""

_STUCK = """
SELECT i.partition_key AS key, a.name AS account, i.state, NULL AS fault_code,
    coalesce(t.started_at, i.received_at) AS since, t.run_id
FROM import i JOIN account a ON a.id = i.account_id
LEFT JOIN LATERAL (
    SELECT * FROM attempt WHERE import_id = i.id ORDER BY number DESC LIMIT 1
) t ON true
WHERE i.state = 'processing' AND (%(account)s::text IS NULL OR a.name = %(account)s)
    AND coalesce(t.started_at, i.received_at) < now() - %(stuck)s
ORDER BY since
"""


def read_night(
    connection: Connection, day: date | None = None, account: str | None = None
) -> Night:
    """The 24 hours until now; with `day`, until its noon in the zone of each account.

    What is stuck is told as of now, for any day.
    """
    asked = {"day": day, "account": account, "length": NIGHT}
    with connection.cursor(row_factory=class_row(AccountNight)) as cursor:
        accounts = cursor.execute(_ACCOUNTS, asked).fetchall()
    records = {each.account: each.records for each in accounts}
    rules = _rules(connection, asked, records)
    return Night(day, accounts, rules, read_troubles(connection, day, account))


def read_troubles(
    connection: Connection, day: date | None = None, account: str | None = None
) -> list[Trouble]:
    """Imports that failed in the night, then those that have been in processing for an hour."""
    asked = {"day": day, "account": account, "length": NIGHT, "stuck": STUCK_AFTER}
    with connection.cursor(row_factory=class_row(Trouble)) as cursor:
        failed = cursor.execute(_FAILED, asked).fetchall()
        return failed + cursor.execute(_STUCK, asked).fetchall()


def _rules(
    connection: Connection, asked: Mapping[str, object], records: Mapping[str, int]
) -> list[RuleLine]:
    """By account, code and column as the format names it; errors first, the most rows first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(_RULES, asked).fetchall()
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
