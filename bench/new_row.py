"""What a created patient writes: rows, index entries, and bytes of the write-ahead log.

    python -m bench.new_row --rows 10000 [--stored 100000] [--json]

Imports new Metriport rows into a fresh home, and reads what the embedded PostgreSQL logged
meanwhile with its own `pg_waldump`. A record counts for the table or index of its first block;
Dagster's tables and PostgreSQL's catalogue are there as one line each. None of it depends on the
load of the machine.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg
from psycopg import Connection

from bench.home import ACCOUNT, SEED, in_a_home
from registry.database.embedded_server import Postmaster, find_postmaster
from registry.settings import Settings
from synthetic.layouts import metriport_csv
from synthetic.people import people

_RECORD = re.compile(r"len \(rec/tot\):\s*\d+/\s*(\d+),")
_RELATION = re.compile(r"blkref #0: rel (\d+/\d+/\d+)")
_TUPLES = re.compile(r"MULTI_INSERT(?:\+INIT)? ntuples: (\d+)")
_ONE_ENTRY = re.compile(
    r"desc: (?:INSERT|INSERT\+INIT|INSERT_LEAF|INSERT_POST|HOT_UPDATE|UPDATE)\b"
)
_PAGE_IMAGE = "FPW"

_RELATIONS = """
SELECT
    concat_ws('/', 1663, database.oid, pg_relation_filenode(class.oid)) AS place,
    CASE
        WHEN namespace.nspname <> 'public' THEN namespace.nspname
        ELSE regexp_replace(class.relname, '_(always|(until_)?\\d{4}_\\d\\d.*)$', '')
    END AS name
FROM pg_class AS class
JOIN pg_namespace AS namespace ON class.relnamespace = namespace.oid
JOIN pg_database AS database ON database.datname = current_database()
WHERE pg_relation_filenode(class.oid) IS NOT NULL
"""


@dataclass
class Written:
    """What was logged of a table or an index: rows or entries, and bytes."""

    rows: int = 0
    bytes: int = 0
    page_images: int = 0


def measure(rows: int, stored: int) -> dict[str, Written]:
    """Import `rows` new people, into `stored` ones; what was written, by table and index."""
    with tempfile.TemporaryDirectory(prefix="rosterline-bench-") as folder:
        home, file, before = (Path(folder) / name for name in ("home", "new.csv", "before.csv"))
        metriport_csv(people(rows, SEED, start=stored), file)
        settings = Settings(home=home, database_url=None)
        with in_a_home(home) as rosterline:
            rosterline("account", "add", ACCOUNT, "--format", "metriport")
            rosterline("facility", "add", "--account", ACCOUNT, "Main")
            if stored:
                metriport_csv(people(stored, SEED), before)
                rosterline("import", str(before), "--account", ACCOUNT)
            _checkpoint(settings)
            start = _position(settings)
            rosterline("import", str(file), "--account", ACCOUNT)
            end = _position(settings)
            return count(_records(settings, start, end), _relations(settings))


def count(records: Iterable[str], relations: Mapping[str, str]) -> dict[str, Written]:
    """Lines of `pg_waldump`, summed by relation."""
    found: defaultdict[str, Written] = defaultdict(Written)
    for record in records:
        size = _RECORD.search(record)
        if size is None:
            continue
        relation = _RELATION.search(record)
        at = found[relations.get(relation[1], "other databases") if relation else "no table"]
        at.bytes += int(size[1])
        at.page_images += _PAGE_IMAGE in record
        many = _TUPLES.search(record)
        at.rows += int(many[1]) if many else bool(_ONE_ENTRY.search(record))
    return dict(found)


def _server(settings: Settings) -> Postmaster:
    server = find_postmaster(settings)
    if server is None:
        raise RuntimeError("the embedded PostgreSQL is not running; the first command starts it")
    return server


def _as_superuser(settings: Settings) -> Connection:
    """Of the embedded server: nobody else may order a checkpoint."""
    return psycopg.connect(_server(settings).url(), autocommit=True)


def _checkpoint(settings: Settings) -> None:
    """From here on each page is logged whole at its first change, as after any checkpoint.

    What a vacuum logs of earlier rows is none of the file's: there is nothing left for it to do.
    """
    with _as_superuser(settings) as connection:
        connection.execute("VACUUM (ANALYZE, FREEZE)")
        connection.execute("CHECKPOINT")


def _position(settings: Settings) -> str:
    with _as_superuser(settings) as connection:
        ((position,),) = connection.execute("SELECT pg_current_wal_insert_lsn()").fetchall()
    return str(position)


def _relations(settings: Settings) -> dict[str, str]:
    with _as_superuser(settings) as connection:
        return dict(connection.execute(_RELATIONS).fetchall())


def _records(settings: Settings, start: str, end: str) -> Iterable[str]:
    # Only the server's own version can read its log.
    program = Path(_server(settings).process.exe()).with_name("pg_waldump")
    command = [str(program), "--start", start, "--end", end,
               "--path", str(settings.postgres_dir / "pg_wal")]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reader:
        yield from reader.stdout or ()
    if reader.returncode:
        raise subprocess.CalledProcessError(reader.returncode, command)


def table(found: Mapping[str, Written], rows: int) -> str:
    """What one created patient wrote, as Markdown; the largest first."""
    lines = [
        f"| {name} | {at.rows / rows:.2f} | {at.bytes / rows:,.0f} | {at.page_images:,} |\n"
        for name, at in sorted(found.items(), key=lambda each: -each[1].bytes)
        if at.bytes / rows >= 1
    ]
    entries = sum(at.rows for at in found.values()) / rows
    size = sum(at.bytes for at in found.values()) / rows
    lines.append(f"| all | {entries:.2f} | {size:,.0f} | |\n")
    head = "| table or index | rows or entries | bytes of the log | page images in all |\n"
    return f"{head}| --- | ---: | ---: | ---: |\n{''.join(lines)}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print a table for one created patient, or JSON of all."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.new_row",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rows", type=int, default=10_000, help="of the file (10000)")
    parser.add_argument("--stored", type=int, default=0, help="patients before it (0)")
    parser.add_argument("--json", action="store_true", help="print JSON for scripts")
    asked = parser.parse_args(arguments)
    found = measure(asked.rows, asked.stored)
    if asked.json:
        said = {name: asdict(at) for name, at in found.items()}
        sys.stdout.write(json.dumps(said) + "\n")
        return
    sys.stdout.write(table(found, asked.rows))


if __name__ == "__main__":
    main()
