"""The steps of an import one by one, for an engineer who wants to see how its rows are decided.

    python -m assets.trace PARTITION_KEY                     each step with its table and row count
    python -m assets.trace PARTITION_KEY --sql               and its SQL
    python -m assets.trace PARTITION_KEY --stop-after STEP   run SQL from the standard input there

The import is previewed: its stages run on a copy, and nothing is kept. What is typed after a step
sees all tables as that step left them, the temporary ones too. They hold patients' data.
"""

import argparse
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TextIO

import duckdb

from assets.preview import preview
from assets.staging_database import scalar
from assets.steps import Step, watching
from registry.database.connections import connect
from registry.ledger.imports import Import, get_import
from registry.settings import Settings

_TARGET = re.compile(
    r"^(?:CREATE OR REPLACE (?:TEMP )?(?:TABLE|VIEW)|INSERT INTO|DELETE FROM|UPDATE) (\w+)",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Tracer:
    """Writes each step to `out`; after the step `stop_after` runs the statements of `typed`."""

    out: TextIO
    with_sql: bool = False
    stop_after: str | None = None
    typed: Iterable[str] = ()

    def __call__(self, connection: duckdb.DuckDBPyConnection, step: Step) -> None:
        """Show a step that has just run."""
        print(f"{step.name}: {_describe(connection, step)}", file=self.out)
        if self.with_sql:
            print(f"{step.sql}\n{_bound(step)}", file=self.out)
        if step.name == self.stop_after:
            for statement in filter(str.strip, self.typed):
                self._answer(connection, statement)

    def _answer(self, connection: duckdb.DuckDBPyConnection, statement: str) -> None:
        try:
            print(connection.sql(statement), file=self.out)
        except duckdb.Error as error:
            print(error, file=self.out)


def _describe(connection: duckdb.DuckDBPyConnection, step: Step) -> str:
    target = _TARGET.search(step.sql)
    if target is None:
        return "done"
    rows = scalar(connection, f"SELECT count(*) FROM {target[1]}")
    return f"{target[1]} has {rows:,} row{'' if rows == 1 else 's'}"


def _bound(step: Step) -> str:
    return "".join(f"-- ${name} = {value!r}\n" for name, value in step.parameters.items())


def trace(settings: Settings, imported: Import, tracer: Tracer) -> None:
    """Preview the import, and show each step to `tracer`.

    Raises:
        RosterlineError: as a stage does.
    """
    with watching(tracer):
        preview(settings, imported)


def main(arguments: Sequence[str] | None = None) -> None:
    """Trace the import that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m assets.trace", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("partition_key")
    parser.add_argument("--sql", action="store_true")
    parser.add_argument("--stop-after", metavar="STEP")
    given = parser.parse_args(arguments)
    settings = Settings()
    with connect(settings) as connection:
        imported = get_import(connection, given.partition_key)
    tracer = Tracer(sys.stdout, given.sql, given.stop_after, sys.stdin if given.stop_after else ())
    trace(settings, imported, tracer)


if __name__ == "__main__":
    main()
