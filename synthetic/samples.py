"""The demo set: three small customers with two months each, and one broken file per format."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from synthetic.faults import FAULTS
from synthetic.layouts import Format, metriport_csv, ptdirect_csv, roster, thoroughcare_csv
from synthetic.months import next_roster
from synthetic.people import people
from synthetic.planted_faults import Plant, dirty

SEED = 2026
_PTDIRECT_LIMIT = 1_000
_PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"
_OTHER_NUMBERS = 70_000_000
_WRITERS = {"metriport": metriport_csv, "thoroughcare": thoroughcare_csv, "ptdirect": ptdirect_csv}


@dataclass(frozen=True)
class Sample:
    """One file of the demo; `zone` is the account's IANA time zone, `plants` its known faults."""

    account: str
    format_name: Format
    zone: str
    path: Path
    description: str
    plants: tuple[Plant, ...] = ()


@dataclass(frozen=True)
class _Customer:
    account: str
    format_name: Format
    zone: str
    rows: int
    first_person: int
    planted: int
    registered_twice: int = 0


CUSTOMERS = (
    _Customer("sunrise-clinic", "thoroughcare", "America/New_York", 60, 0, 14),
    _Customer("harbor-health", "metriport", "America/Los_Angeles", 200, 1_000, 24, 12),
    _Customer("peak-physio", "ptdirect", "America/Denver", 80, 2_000, 17, 8),
)


def write_samples(folder: Path) -> list[Sample]:
    """Write the demo set under `folder`, one folder an account, and return it in import order.

    First every account's first month, then every second month, then the files that fail as a whole,
    then people who were registered a second time, with a slip of the pen.
    """
    for customer in CUSTOMERS:
        (folder / customer.account).mkdir(parents=True, exist_ok=True)
    firsts = [_first_month(customer, folder) for customer in CUSTOMERS]
    seconds = [_second_month(customer, folder) for customer in CUSTOMERS]
    broken = [_broken(customer, folder) for customer in CUSTOMERS]
    twice = [_registered_twice(each, folder) for each in CUSTOMERS if each.registered_twice]
    return firsts + seconds + broken + twice


def _first_month(customer: _Customer, folder: Path) -> Sample:
    path = folder / customer.account / "october.csv"
    clean = roster(people(customer.rows, SEED, customer.first_person), customer.format_name)
    faults = FAULTS[customer.format_name][: customer.planted]
    made = dirty(clean, customer.format_name, SEED, faults)
    made.write(path)
    said = f"First month: {customer.rows} people and {len(made.plants)} planted problems"
    return _sample(customer, path, said, tuple(made.plants))


def _second_month(customer: _Customer, folder: Path) -> Sample:
    path = folder / customer.account / "november.csv"
    month = next_roster(people(customer.rows, SEED, customer.first_person), SEED)
    _WRITERS[customer.format_name](month.people, path)
    counts = ", ".join(f"{len(indexes)} {fate}" for fate, indexes in month.fates.items() if indexes)
    return _sample(customer, path, f"Second month, problems mended: {counts}")


def _registered_twice(customer: _Customer, folder: Path) -> Sample:
    """People of the first month under another number and another spelling: near-duplicates."""
    path = folder / customer.account / "walk-ins.csv"
    found = people(customer.registered_twice, SEED, customer.first_person)
    first, last = pl.col("first_name"), pl.col("last_name")
    letters = [first.str.slice(at, count) for at, count in ((0, 1), (2, 1), (1, 1), (3, None))]
    is_odd = pl.col("index") % 2 == 1
    misspelled = found.with_columns(
        number=(pl.col("index") + _OTHER_NUMBERS).cast(pl.String),
        first_name=pl.when(is_odd).then(pl.concat_str(letters)).otherwise(first),
        last_name=pl.when(is_odd).then(last).otherwise(last + last.str.slice(-1)),
    )
    _WRITERS[customer.format_name](misspelled, path)
    said = f"{customer.registered_twice} people who are there already, under another spelling"
    return _sample(customer, path, said)


def _broken(customer: _Customer, folder: Path) -> Sample:
    writer = {"thoroughcare": _renamed_pdf, "metriport": _header_only, "ptdirect": _too_many}
    return writer[customer.format_name](customer, folder / customer.account)


def _renamed_pdf(customer: _Customer, folder: Path) -> Sample:
    path = folder / "december-export.csv"
    path.write_bytes(_PDF)
    return _sample(customer, path, "Fails as a file: a PDF renamed to .csv")


def _header_only(customer: _Customer, folder: Path) -> Sample:
    path = folder / "december-empty.csv"
    _WRITERS[customer.format_name](people(0, SEED), path)
    return _sample(customer, path, "Fails as a file: a header and no rows")


def _too_many(customer: _Customer, folder: Path) -> Sample:
    path = folder / "december-everyone.csv"
    ptdirect_csv(people(_PTDIRECT_LIMIT + 1, SEED, customer.first_person), path)
    return _sample(
        customer, path, f"Fails as a file: {_PTDIRECT_LIMIT + 1:,} rows, one over the limit"
    )


def _sample(customer: _Customer, path: Path, said: str, plants: tuple[Plant, ...] = ()) -> Sample:
    return Sample(customer.account, customer.format_name, customer.zone, path, said, plants)
