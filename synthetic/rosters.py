"""Synthetic people and rosters: the public functions, and a command.

    python -m synthetic.rosters metriport --rows 100000 --start 0 --seed 7 OUT.csv

The same seed gives the same bytes on any machine. Person i is a function of (seed, i) in every
format, so two rosters contain the same person if their ranges of numbers overlap.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from synthetic.faults import FAULTS, Fault
from synthetic.layouts import Format, headers, metriport_csv, ptdirect_csv, roster, thoroughcare_csv
from synthetic.months import Month, Shares, next_roster
from synthetic.people import people
from synthetic.planted_faults import Dirty, Plant, dirty
from synthetic.samples import Sample, write_samples

__all__ = [
    "FAULTS", "Dirty", "Fault", "Format", "Month", "Plant", "Sample", "Shares", "dirty", "headers",
    "metriport_csv", "next_roster", "people", "ptdirect_csv", "roster", "thoroughcare_csv",
    "write_samples",
]  # fmt: skip

_WRITERS = {"metriport": metriport_csv, "thoroughcare": thoroughcare_csv, "ptdirect": ptdirect_csv}


def main(arguments: Sequence[str] | None = None) -> None:
    """Write one roster, clean or with faults planted, as the command line asks."""
    asked = _parser().parse_args(arguments)
    made = people(asked.rows, asked.seed, asked.start)
    if asked.faults:
        planted = dirty(roster(made, asked.format), asked.format, asked.seed, times=asked.faults)
        planted.write(asked.out)
    else:
        _WRITERS[asked.format](made, asked.out)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m synthetic.rosters", description=main.__doc__)
    parser.add_argument("format", choices=sorted(_WRITERS))
    parser.add_argument("out", type=Path, metavar="OUT.csv")
    parser.add_argument("--rows", type=int, default=1_000, help="people in the file (default 1000)")
    parser.add_argument(
        "--start", type=int, default=0, help="number of the first person (default 0)"
    )
    parser.add_argument("--seed", type=int, default=7, help="same seed, same bytes (default 7)")
    parser.add_argument(
        "--faults", type=int, default=0, metavar="TIMES", help="plant every fault TIMES times"
    )
    return parser


if __name__ == "__main__":
    main()
