"""How long a workbook takes, compared with the CSV of the same rows.

    python -m bench.workbook_speed --rows 100000

Imports new Metriport rows with `rosterline import`, for an account without patients each: as CSV,
as gzip of it, and as .xlsx in whose birth dates are cells of dates. On a busy machine only the
processor seconds of the command with its children, which leave PostgreSQL out, say something.
"""

import argparse
import csv
import gzip
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import xlsxwriter

from bench.home import COMMAND, SEED, at_home, in_a_home
from synthetic.layouts import metriport_csv
from synthetic.people import people


@dataclass(frozen=True)
class Measured:
    """One import: `stages` in seconds as the command says them, the others of its process."""

    name: str
    stages: dict[str, float]
    wall_seconds: float
    processor_seconds: float


def measure(rows: int) -> list[Measured]:
    """Import the same rows from each container."""
    with tempfile.TemporaryDirectory(prefix="rosterline-bench-") as folder:
        plain, packed, book = (Path(folder) / f"roster.{end}" for end in ("csv", "csv.gz", "xlsx"))
        metriport_csv(people(rows, SEED), plain)
        packed.write_bytes(gzip.compress(plain.read_bytes()))
        save_as_workbook(plain, book)
        home = Path(folder) / "home"
        with in_a_home(home) as rosterline:
            return [_measured(file, home, rosterline) for file in (plain, packed, book)]


def save_as_workbook(source: Path, target: Path) -> None:
    """Save a CSV as .xlsx, in which dates and zips are numbers with a format, as Excel has them."""
    with (
        source.open(encoding="utf-8", newline="") as text,
        xlsxwriter.Workbook(target) as book,
    ):
        sheet = book.add_worksheet("Patients")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        zeros = book.add_format({"num_format": "00000"})
        rows = csv.reader(text)
        header = next(rows)
        sheet.write_row(0, 0, header)
        born = header.index("dob")
        zip_codes = {place for place, name in enumerate(header) if name.startswith("zip")}
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                if column == born and value[:4].isdigit():
                    sheet.write_datetime(number, column, date.fromisoformat(value), day)
                elif column in zip_codes and value.isdigit():
                    sheet.write_number(number, column, int(value), zeros)
                elif value:
                    sheet.write_string(number, column, value)


def _measured(file: Path, home: Path, rosterline: Callable[..., None]) -> Measured:
    account = file.suffix.removeprefix(".")
    rosterline("account", "add", account, "--format", "metriport")
    rosterline("facility", "add", "--account", account, "Main")
    command = [COMMAND, "import", str(file), "--account", account, "--json"]
    before, started = _spent(), time.perf_counter()
    ran = subprocess.run(command, env=at_home(home), check=True, stdout=subprocess.PIPE)
    wall, spent = time.perf_counter() - started, _spent() - before
    return Measured(file.suffix, json.loads(ran.stdout)["seconds"], wall, spent)


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure an import of --rows from each container, and print a line for each."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.workbook_speed", description=main.__doc__
    )
    parser.add_argument("--rows", type=int, default=100_000, help="rows a file (default 100000)")
    found = measure(parser.parse_args(arguments).rows)
    for each in found:
        stages = ", ".join(f"{name} {seconds:.2f}" for name, seconds in each.stages.items())
        sys.stdout.write(
            f"{each.name}: {each.wall_seconds:.2f} s, "
            f"{each.wall_seconds / found[0].wall_seconds:.2f} of the CSV's ({stages}); "
            f"processor {each.processor_seconds:.2f} s\n"
        )


if __name__ == "__main__":
    main()
