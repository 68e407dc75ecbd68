"""How long an undo takes: of an import that created every patient, and of one that updated them.

    python -m bench.undo_speed --rows 100000 [--json]

Imports Metriport rows with the `rosterline` command in a fresh, temporary ROSTERLINE_HOME: one file
of new patients, and one that gives most of them a new e-mail address. Then it undoes the second
import and the first, each after a preview. All statements are subject to the row-level security
policies of the gateway's role, as at the portal.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.home import ACCOUNT, SEED, in_a_home
from registry.database.connections import connect, connect_as_gateway
from registry.database.row_level_security import as_account
from registry.decisions.undo import preview_undo, undo
from registry.ledger.imports import Import, list_imports
from registry.settings import Settings
from synthetic.layouts import metriport_csv
from synthetic.people import people


@dataclass(frozen=True)
class Measured:
    """One undo, and its preview at the portal."""

    name: str
    seconds: float
    preview_seconds: float
    removed: int
    changed: int


def measure(rows: int) -> list[Measured]:
    """The two undos over `rows` patients, the updates first."""
    with tempfile.TemporaryDirectory(prefix="rosterline-bench-") as folder:
        home = Path(folder) / "home"
        created, updated = Path(folder) / "created.csv", Path(folder) / "updated.csv"
        metriport_csv(people(rows, SEED), created)
        updated.write_text(created.read_text().replace("@", "+new@"))
        with in_a_home(home) as rosterline:
            rosterline("account", "add", ACCOUNT, "--format", "metriport")
            rosterline("facility", "add", "--account", ACCOUNT, "Main")
            for file in (created, updated):
                rosterline("import", str(file), "--account", ACCOUNT)
            settings = Settings(home=home)
            with connect(settings) as connection:
                newest, oldest = list_imports(connection)
            return [
                _undo(settings, "updates", newest),
                _undo(settings, "created", oldest),
            ]


def _undo(settings: Settings, name: str, imported: Import) -> Measured:
    seconds = []
    for how in (preview_undo, undo):
        with (
            connect_as_gateway(settings) as connection,
            as_account(connection, imported.account_id),
        ):
            connection.execute("SET LOCAL statement_timeout = 0")
            started = time.perf_counter()
            done = how(connection, imported, "bench", datetime.now(UTC))
            seconds.append(time.perf_counter() - started)
    return Measured(name, seconds[1], seconds[0], done.removed, done.changed)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure undos of --rows patients, and print a table or JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.undo_speed", description=main.__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="patients (default 100000)")
    parser.add_argument("--json", action="store_true", help="print JSON for scripts")
    asked = parser.parse_args(arguments)
    measured = measure(asked.rows)
    if asked.json:
        said = json.dumps([asdict(each) for each in measured])
    else:
        said = "\n".join(
            f"{each.name}: {each.seconds:.1f} s, preview in {each.preview_seconds:.1f} s"
            f" ({each.removed:,} patients removed, {each.changed:,} changed)"
            for each in measured
        )
    sys.stdout.write(said + "\n")


if __name__ == "__main__":
    main()
