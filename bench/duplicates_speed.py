"""How long the search for near-duplicates takes, by the number of patients that are stored.

    python -m bench.duplicates_speed --stored 1000000 --rows 100000
    python -m bench.duplicates_speed --stored 1000000 --rows 100000 --sweep

Stored patients are synthetic, and written into a matching copy without PostgreSQL. The file's
patients are new ones, of whom every tenth is a stored one with a mistake in the first name. What
is measured is all that happens after the file's patients were read from PostgreSQL. With `--sweep`,
all patients are held against each other instead, and clusters are counted.
"""

import argparse
import resource
import sys
import tempfile
from pathlib import Path
from time import perf_counter, process_time

import duckdb
import numpy as np
import polars as pl

from assets.duplicate_clusters.clusters import choose_everybody, count_clusters
from assets.potential_duplicates.matching_copy import (
    attach_empty,
    open_engine,
    replace_patients,
)
from assets.potential_duplicates.score import score_searched
from assets.staging_database import create_table, scalar
from identity.model import load_model
from registry.settings import Settings
from synthetic.families import us_names
from synthetic.people import people

SEED = 18
PAGE = 100_000
PERSON = """
    CREATE OR REPLACE TEMP TABLE person AS
    SELECT
        format('018f0000-0000-7000-8000-{:012x}', index)::UUID AS patient_id,
        first_name, last_name, birth_date, year(birth_date)::SMALLINT AS birth_year, gender,
        [{'line1': street, 'line2': NULL, 'city': city, 'state': state, 'postal_code': zip}]
            AS addresses,
        CASE WHEN mobile_phone IS NULL THEN [] ELSE ['+1' || mobile_phone] END AS phones,
        CASE WHEN email IS NULL THEN [] ELSE [email] END AS emails,
        CASE WHEN number IS NULL THEN [] ELSE [{'item': 'ehr', 'value': number}] END AS identifiers,
        []::VARCHAR[] AS policies
    FROM frame
"""


class _Clock:
    """Seconds since it was made, and those of the processor: others may be at work."""

    def __init__(self) -> None:
        self._from = perf_counter(), process_time()

    def __str__(self) -> str:
        wall, processor = perf_counter() - self._from[0], process_time() - self._from[1]
        return f"{wall:.2f} s (processor: {processor:.2f} s)"


def main() -> None:
    """Build the copy, search once, and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--stored", type=int, default=1_000_000)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--sweep", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        connection = open_engine(settings)
        path = settings.matching_dir / "1.duckdb"
        attach_empty(connection, path)
        clock = _Clock()
        for first in range(0, chosen.stored, PAGE):
            _store(connection, _people(min(PAGE, chosen.stored - first), first))
        connection.execute("CHECKPOINT copied")
        megabytes = path.stat().st_size / 1e6
        _say(f"stored {chosen.stored:,}: {clock}, {megabytes:.0f} MB")
        _search(connection, chosen.stored, chosen.rows, sweep=chosen.sweep)
        connection.close()


def _search(connection: duckdb.DuckDBPyConnection, stored: int, rows: int, *, sweep: bool) -> None:
    for first in range(0, rows, PAGE):
        frame = _new_people(min(PAGE, rows - first), first, stored)
        clock = _Clock()
        _store(connection, frame)
        _say(f"features and keys of {frame.height:,} patients: {clock}")
    ids = pl.DataFrame({"line": range(rows)}).with_columns(
        patient_id=pl.Series([f"018f0000-0000-7000-8000-{stored + n:012x}" for n in range(rows)]),
        attempt=pl.lit(1),
    )
    if sweep:
        choose_everybody(connection)
    else:
        create_table(connection, "searched", ids)
    nobody = pl.DataFrame(schema=dict.fromkeys(("patient_id", "other_patient_id"), pl.String))
    clock = _Clock()
    done = score_searched(connection, load_model(), nobody)
    clusters = count_clusters(connection) if sweep else None
    taken = str(clock)
    found = scalar(connection, "SELECT count(*) FROM found_pair")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    what = f"sweep of {stored + rows:,}" if sweep else f"{rows:,} rows against {stored:,}"
    _say(
        f"{what}: {taken}, {done.candidates:,} candidates,"
        f" {found:,} pairs, {done.common_keys.total():,} keys too common, {memory:,.0f} MiB"
    )
    if clusters is not None:
        _say(f"clusters: {clusters}")


def _new_people(size: int, first: int, stored: int) -> pl.DataFrame:
    """People of a file; every tenth is stored already, under another number and spelling."""
    fresh, again = _people(size, stored + first), _people(size, first)
    again = again.with_columns(
        number=pl.lit(None, pl.String), first_name=pl.col("first_name").str.replace("a", "e")
    )
    is_stored = pl.Series(np.arange(size) % 10 == 0)
    names = [name for name in fresh.columns if name != "index"]
    return fresh.with_columns(
        **{name: pl.when(is_stored).then(again[name]).otherwise(fresh[name]) for name in names}
    )


def _people(size: int, first: int) -> pl.DataFrame:
    """Synthetic people with names as frequent as in the United States, and a phone each.

    The numbers that are set aside for fiction are too few for a million people.
    """
    known = us_names()
    found = people(size, SEED, first)
    woman, man, last = (_draw(kind, size, first, *known[kind]) for kind in ("woman", "man", "last"))
    is_woman = pl.col("sex") == "F"
    return found.with_columns(
        first_name=pl.when(is_woman).then(woman).otherwise(man),
        last_name=last,
        mobile_phone=(2_000_000_000 + pl.col("index") * 7919 % 7_999_999_999).cast(pl.String),
    )


def _draw(kind: str, size: int, first: int, names: list[str], summed: list[int]) -> pl.Series:
    """So many names; those of a page are the same whatever its size."""
    dice = np.random.default_rng([SEED, first, *kind.encode()])
    places = np.searchsorted(summed, dice.random(size) * summed[-1], side="right")
    return pl.Series(np.array(names)[places])


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _store(connection: duckdb.DuckDBPyConnection, frame: pl.DataFrame) -> None:
    create_table(connection, "frame", frame)
    connection.execute(PERSON)
    ids = connection.sql("SELECT patient_id::VARCHAR AS patient_id FROM person").to_arrow_table()
    replace_patients(connection, pl.DataFrame(pl.from_arrow(ids)))


if __name__ == "__main__":
    main()
