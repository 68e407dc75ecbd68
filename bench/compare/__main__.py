"""Measure Rosterline beside what one would use instead, and write it down.

    python -m bench.compare                             all cases, on an idle machine: hours
    python -m bench.compare --cases new unchanged --stored 0 --rows 10000 --rounds 1
    python -m bench.compare --page                      only write the page from the history

Same files, same server, medians of several rounds. Stocks with so many patients are made once,
below --folder, which must be a real disk with room for them. Results go to the history, from which
docs/performance.md is written, unless --json prints them. Competitors come with `make bench-tools`;
sling's binary is named by SLING_BINARY. What is not there is said to be missing.
"""

import argparse
import json
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.compare import arrivals, history, page
from bench.compare.cases import SHARES, ArrivalCase, Bench, Case, FileCase, Result
from bench.compare.ours import Command, Services
from bench.compare.rosters import Files
from bench.compare.server import running_in
from bench.compare.stocks import Stock
from bench.compare.ways import Way, table_ways

_MILLION = 1_000_000
_CASES = (*SHARES, "row", "large", "night", "accounts", "crowd", "idle")
_WAYS = (
    "floor", "dlt-dictionaries", "dlt-arrow", "sling", "row-by-row", "ours", "ours-services",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what the options ask for."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if any(stored % asked.rows for stored in asked.stored):
        parser.error("--stored must be multiples of --rows")
    # Ended by a signal, it still stops the servers that it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if asked.page:
        page.write(history.read())
        return
    measured = history.recorded(_results(asked))
    if asked.json:
        sys.stdout.write(json.dumps([asdict(each) for each in measured], indent=1) + "\n")
        return
    for each in measured:
        history.append(each)
    page.write(history.read())


def _results(asked: argparse.Namespace) -> Iterator[Result]:
    """Results as they come."""
    folder = asked.folder.resolve()
    with running_in(folder / "server") as server:
        services = Services(server, folder)
        ways: list[Way] = [*table_ways(server, folder), Command(server, folder), services]
        chosen = [way for way in ways if way.name in asked.ways]
        bench = Bench(chosen, services, Files(folder / "files"), asked.rounds, asked.patience)
        for case in _cases(asked):
            yield from bench.measure(case)


def _cases(asked: argparse.Namespace) -> Iterator[Case]:
    """The cases in the order of the page."""
    for patients in sorted(asked.stored):
        stored = Stock("metriport", patients, asked.rows)
        for share in SHARES:
            if share in asked.cases:
                yield FileCase("metriport", asked.rows, share, stored)
        if "row" in asked.cases:
            yield FileCase("metriport", 1, "new", stored)
    if "large" in asked.cases:
        for rows in asked.large:
            yield FileCase("thoroughcare", rows, "new", Stock("thoroughcare", 0, asked.rows))
    arriving = {case.key.split("-")[0]: case for case in _arrivals(asked)}
    yield from (case for kind, case in arriving.items() if kind in asked.cases)


def _arrivals(asked: argparse.Namespace) -> Iterator[ArrivalCase]:
    """All cases of files that arrive, whichever are asked for; their key begins with the kind."""
    empty = Stock("metriport", 0, asked.rows)
    yield ArrivalCase(
        f"night-{asked.files}-{asked.file_rows}",
        f"{asked.files:,} files of {asked.file_rows:,} rows of one account at once",
        arrivals.night(asked.files, asked.file_rows),
        empty,
    )
    yield ArrivalCase(
        f"accounts-{asked.accounts}-{asked.account_rows}",
        f"{asked.accounts} accounts at once, a file of {asked.account_rows:,} rows each",
        arrivals.accounts_at_once(asked.accounts, asked.account_rows),
        empty,
    )
    yield ArrivalCase(
        f"crowd-{asked.crowd}-{asked.crowd_files}",
        f"A file of {asked.file_rows:,} rows beside {asked.crowd} accounts with "
        f"{asked.crowd_files} such files each",
        arrivals.beside_a_crowd(asked.crowd, asked.crowd_files, asked.file_rows),
        empty,
    )
    yield ArrivalCase(
        f"idle-{asked.minutes:g}",
        f"Nothing to do for {asked.minutes:g} minutes",
        arrivals.idle(asked.minutes),
        empty,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.compare",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    several: dict[str, Any] = {"nargs": "+", "type": int}
    parser.add_argument("--cases", nargs="+", choices=_CASES, default=list(_CASES))
    parser.add_argument("--ways", nargs="+", choices=_WAYS, default=list(_WAYS))
    parser.add_argument("--rows", type=int, default=100_000, help="of a file (100000)")
    parser.add_argument(
        "--stored",
        **several,
        default=[0, _MILLION, 10 * _MILLION],
        help="patients before it (0 1000000 10000000)",
    )
    parser.add_argument(
        "--large",
        **several,
        default=[_MILLION, 10 * _MILLION],
        help="rows of large files (1000000 10000000)",
    )
    parser.add_argument("--files", type=int, default=1000, help="files of a night (1000)")
    parser.add_argument("--file-rows", type=int, default=200, help="rows of each (200)")
    parser.add_argument("--accounts", type=int, default=20, help="accounts at once (20)")
    parser.add_argument("--account-rows", type=int, default=5000, help="rows of each (5000)")
    parser.add_argument("--crowd", type=int, default=5, help="accounts of a crowd (5)")
    parser.add_argument("--crowd-files", type=int, default=50, help="files of each (50)")
    parser.add_argument("--minutes", type=float, default=10, help="of quiet (10)")
    parser.add_argument("--rounds", type=int, default=5, help="of which the median counts (5)")
    parser.add_argument(
        "--patience",
        type=float,
        default=300,
        help="a way that takes longer is not measured again (300 seconds)",
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(".rosterline-bench"),
        help="where server and stocks are kept (.rosterline-bench)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON, and write nothing down")
    parser.add_argument("--page", action="store_true", help="measure nothing, write the page")
    return parser  # fmt: skip


if __name__ == "__main__":
    main()
