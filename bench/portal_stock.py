"""A registry to measure the portal over: a real import, multiplied by SQL, and what surrounds it.

    ThoroughCare's file, every tenth row at fault ──▶ rosterline import ──▶ patients, kept rows
    patients ──▶ copies, as imports of earlier hours would have left them (bench/compare/ballast.py)
    older imports, open and judged pairs, members of a group, a facility, a cohort ──▶ by SQL

It takes minutes, so that it stays in a home that is named, and is used again from there.
"""

import csv
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import polars as pl
from psycopg import Connection

from bench.compare.ballast import multiply, other_id
from bench.home import ACCOUNT, SEED
from gateway.passwords import hash_password, new_password
from registry.accounts.accounts import Account, add_cohort, add_facility, get_account
from registry.accounts.portal_users import add_user
from registry.accounts.vocabulary import spelling_of
from registry.database.connections import connect_as_owner
from registry.database.embedded_server import find_postmaster
from registry.database.statements import Statements
from registry.landing.receive import receive
from registry.settings import Settings
from synthetic.layouts import roster
from synthetic.people import people

USER = "bench@clinic.example"
GROUP = "Tenth"
PAIRS = 10_000
"""To review, and judged; fewer where there are fewer patients."""
WIDTH = 200
"""Columns of the file that is mapped."""

_MADE = "portal-stock.json"
_SQL = Statements(__file__)


@dataclass(frozen=True)
class Stock:
    """What a registry holds that pages are asked for; ids are those of `import` and the like."""

    password: str
    rows: int
    patients: int
    imported: str
    to_map: str
    patient: str
    department: str
    facility: str
    cohort: str
    name: str
    birth_date: str
    ehr_id: str
    email: str
    phone: str


def kept_stock(
    settings: Settings, rosterline: Callable[..., None], rows: int, patients: int, imports: int
) -> Stock:
    """The registry of this home, which is made unless it is there."""
    made = settings.home / _MADE
    if made.exists():
        rosterline("env")  # starts PostgreSQL
        return Stock(**json.loads(made.read_text()))
    stock = _make(settings, rosterline, rows, patients, imports)
    made.write_text(json.dumps(asdict(stock)))
    return stock


def _make(
    settings: Settings, rosterline: Callable[..., None], rows: int, patients: int, imports: int
) -> Stock:
    rosterline("account", "add", ACCOUNT, "--format", "thoroughcare")
    file = settings.home / "roster.csv"
    _write_roster(file, rows)
    rosterline("import", str(file), "--account", ACCOUNT)
    with connect_as_owner(settings) as connection:
        account = get_account(connection, ACCOUNT)
        original = _one(connection, "SELECT id FROM import")
        created = _one(connection, "SELECT count(*) FROM patient")
        copies = max(0, round(patients / created) - 1)
    postmaster = find_postmaster(settings)
    if postmaster is None:
        raise RuntimeError("PostgreSQL does not run")
    multiply(postmaster.url(), copies, own_imports=True)
    with connect_as_owner(settings) as connection:
        for copy in range(1, copies + 1):
            statement = _SQL["portal_copied_imports"].format(
                other=other_id("id"), other_of_attempt=other_id("import_id")
            )
            connection.execute(statement, {"copy": copy, "original": original})
        stock = _surround(settings, connection, account, original, imports)
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")
    return stock


def _write_roster(file: Path, rows: int) -> None:
    """Every tenth birthday is none, so that a tenth of the rows fail."""
    frame = roster(people(rows, SEED), "thoroughcare")
    is_tenth = pl.int_range(pl.len()) % 10 == 9  # noqa: PLR2004 - a tenth
    birthday = pl.col("Patient Birthday *")
    frame.with_columns(pl.when(is_tenth).then(pl.lit("soon")).otherwise(birthday).alias(
        "Patient Birthday *")).write_csv(file, line_terminator="\r\n")  # fmt: skip


def _surround(
    settings: Settings, connection: Connection, account: Account, original: UUID, imports: int
) -> Stock:
    password = new_password()
    add_user(connection, account, USER, "admin", hash_password(password))
    spelling_of(connection, account, "client_group", GROUP)
    facility = add_facility(connection, account, "Tenth")
    cohort = add_cohort(connection, account, "Tenth")
    values = {"account": account.id, "original": original, "imports": imports, "pairs": PAIRS,
              "name": GROUP, "facility": facility.id, "cohort": cohort.id}  # fmt: skip
    for name in ("history", "open_pairs", "judged_pairs", "client_group_members",
                 "facility_members", "cohort_members"):  # fmt: skip
        connection.execute(_SQL[f"portal_{name}"], values)
    patient, name, born, department, ehr_id, email, phone = (
        connection.execute(_SQL["portal_somebody"], {"account": account.id}).fetchone() or [""] * 7
    )
    return Stock(
        password,
        _one(connection, "SELECT max(records) FROM attempt"),
        _one(connection, "SELECT count(*) FROM patient"),
        str(original),
        str(_put_to_map(settings, connection, account)),
        str(patient),
        department,
        str(facility.id),
        str(cohort.id),
        name,
        str(born),
        ehr_id,
        email,
        phone,
    )


def _put_to_map(settings: Settings, connection: Connection, account: Account) -> UUID:
    """A file with headings of its own, of which a person says what they are."""
    file = settings.home / "to-map.csv"
    known = roster(people(50, SEED), "thoroughcare")
    with file.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(f"Heading {number}" for number in range(WIDTH))
        for row in known.iter_rows():
            writer.writerow([row[place % len(row)] for place in range(WIDTH)])
    return receive(
        connection, settings, account, file, source="portal", received_at=datetime.now(UTC)
    ).id


def _one(connection: Connection, query: str) -> Any:  # noqa: ANN401 - what a column holds
    row = connection.execute(query.encode()).fetchone()
    if row is None:
        raise RuntimeError(f"nothing came of: {query}")
    return row[0]
