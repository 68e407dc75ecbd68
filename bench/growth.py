"""What an installation needs at sizes that were never measured, computed from what was.

    python -m bench.growth [--price-gib-month 0.023] [--price-thousand-puts 0.005] …

It prints docs/growth.md. Every measured figure is in bench/recorded.json, with the words of
docs/performance.md; everything else is a field of `Assumptions`, which the page lists.
"""

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

FILES_A_NIGHT = (1_000, 100_000, 10_000_000)
PATIENTS = (10_000_000, 300_000_000)
MIB = 1024**2
GIB = 1024**3
MILLION = 1_000_000
PAGE_BYTES = 8192
_RECORDED: dict[str, Any] = json.loads(Path(__file__).with_name("recorded.json").read_text())


def about(words: str, default: float) -> float:
    """A field of `Assumptions` with the words that the page says of it."""
    made: float = field(default=default, metadata={"about": words})
    return made


@dataclass(frozen=True)
class Assumptions:
    """What is not measured. Each is an option of the command."""

    rows_per_file: float = about("rows of a file, at most; no patient is sent twice a night", 500)
    new_share: float = about("share of rows that are new or changed; the rest is unchanged", 0.1)
    window_hours: float = about("hours in which a night's files must be imported", 6)
    busy_share: float = about("share of that time in which an import stream works", 0.6)
    imports_per_run: float = about(
        "imports of a Dagster run (`ROSTERLINE_MAX_IMPORTS_PER_RUN`)", 50
    )
    streams_per_machine: float = about("imports at a time on a machine of 8 cores and 16 GiB", 8)
    server_cores_per_stream: float = about("cores of PostgreSQL for an import at a time", 0.5)
    keep_days: float = about("days for which archive and results are kept", 400)
    keep_partitions_days: float = about(
        "days for which Dagster keeps a partition (`ROSTERLINE_KEEP_PARTITIONS_DAYS`)", 14
    )
    puts_per_file: float = about("objects written for a file: archive, result, failed rows", 3)
    gets_per_file: float = about("objects read for a file: by the run and by its sender", 3)
    price_gib_month: float = about("price of a GiB a month", 0.023)
    price_thousand_puts: float = about("price of 1,000 objects written", 0.005)
    price_thousand_gets: float = about("price of 1,000 objects read", 0.0004)
    disk_gib: float = about("GiB that a file system of one machine holds", 16_384)
    server_gib: float = about("GiB that one PostgreSQL server holds", 16_384)
    server_cores: float = about("cores of the largest PostgreSQL server to be had", 128)
    server_iops: float = about("writes of 8 KiB a second that its disks take", 40_000)
    runs_a_second: float = about("runs that Dagster's queue starts a second", 1)


@dataclass(frozen=True)
class Need:
    """What a night of so many files over so many patients needs."""

    files: int
    patients: int
    rows: float
    streams: float
    server_cores: float
    registry_gib: float
    grows_gib_a_night: float
    log_gib_a_night: float
    iops: float
    stored_gib: float
    objects: float
    price_a_month: float
    runs_a_second: float
    partitions: float
    arriving_mib_a_second: float

    @property
    def worker_gib(self) -> float:
        """Memory of all import streams: DuckDB's limit and the libraries, as measured."""
        return self.streams * 0.9


def need(files: int, patients: int, assumed: Assumptions) -> Need:
    """Compute it; sizes in GiB, speeds a second over the window."""
    rows = files * min(assumed.rows_per_file, max(1.0, patients / files))
    window = assumed.window_hours * 3600
    stored = files_gib(rows) * assumed.keep_days
    log = _log_gib(rows, assumed)
    grows = _ledger_gib(rows, assumed)
    streams = _seconds(files, rows, assumed) / (window * assumed.busy_share)
    a_month = files * 30 / 1000
    return Need(
        files=files,
        patients=patients,
        rows=rows,
        streams=streams,
        server_cores=streams * assumed.server_cores_per_stream,
        registry_gib=patients * _RECORDED["postgresql_mib_of_a_million_new_rows"] / MILLION / 1024,
        grows_gib_a_night=grows,
        log_gib_a_night=log,
        # Each page of the log once, and each of tables and indexes once at a checkpoint.
        iops=(log + grows) * GIB / PAGE_BYTES / window,
        stored_gib=stored,
        objects=files * assumed.puts_per_file * assumed.keep_days,
        price_a_month=stored * assumed.price_gib_month
        + a_month * assumed.puts_per_file * assumed.price_thousand_puts
        + a_month * assumed.gets_per_file * assumed.price_thousand_gets,
        runs_a_second=files / assumed.imports_per_run / window,
        partitions=files * assumed.keep_partitions_days,
        arriving_mib_a_second=rows * _RECORDED["file_mib_of_a_million_rows"] / MILLION / window,
    )


def _seconds(files: int, rows: float, assumed: Assumptions) -> float:
    """Seconds of import streams: the stages, and what surrounds them once a run."""
    fixed = _RECORDED["seconds_of_stages_one_row"]
    changed = (_RECORDED["seconds_of_stages_100000_new"] - fixed) / 100_000
    unchanged = (_RECORDED["seconds_of_stages_100000_unchanged"] - fixed) / 100_000
    a_row: float = assumed.new_share * changed + (1 - assumed.new_share) * unchanged
    runs = files / assumed.imports_per_run
    around: float = runs * _RECORDED["seconds_around_one_import"]
    return files * float(fixed) + rows * a_row + around


def files_gib(rows: float) -> float:
    """Archive and results of so many rows."""
    mib = _RECORDED["file_mib_of_a_million_rows"] + _RECORDED["results_mib_of_a_million_rows"]
    return rows / MILLION * float(mib) / 1024


def _ledger_gib(rows: float, assumed: Assumptions) -> float:
    """What ledger and history gain: an unchanged row as measured, a changed one as a new one."""
    new = _RECORDED["postgresql_mib_of_a_million_new_rows"]
    unchanged = _RECORDED["postgresql_mib_after_a_million_unchanged_rows"] - new
    mib = assumed.new_share * new + (1 - assumed.new_share) * unchanged
    return rows / MILLION * float(mib) / 1024


def _log_gib(rows: float, assumed: Assumptions) -> float:
    """The write-ahead log: as large as what tables gain, in the measured proportion."""
    new = _RECORDED["postgresql_mib_of_a_million_new_rows"]
    return (
        _ledger_gib(rows, assumed) * float(_RECORDED["log_mib_of_a_million_new_rows"]) / float(new)
    )


@dataclass(frozen=True)
class Limit:
    """Something that ends: how much of it one needs, how much there is, and what then."""

    name: str
    needed: Callable[[Need], float]
    there_is: Callable[[Assumptions], float]
    then: str


LIMITS = (
    Limit(
        "import streams of one machine",
        lambda n: n.streams,
        lambda a: a.streams_per_machine,
        "runs on further machines: Celery workers, then Kubernetes",
    ),
    Limit(
        "the disk of one machine",
        lambda n: n.stored_gib,
        lambda a: a.disk_gib,
        "archive and results in object storage; a shorter `ROSTERLINE_KEEP_ARCHIVE_DAYS`",
    ),
    Limit(
        "partitions of Dagster that were tried",
        lambda n: n.partitions,
        lambda _: float(_RECORDED["partitions_tried"].replace(",", "")),
        (
            "fewer days in `ROSTERLINE_KEEP_PARTITIONS_DAYS`, for the ledger keeps everything; "
            "past that, a partition for an account's night instead of one for a file"
        ),
    ),
    Limit(
        "runs that Dagster's queue starts",
        lambda n: n.runs_a_second,
        lambda a: a.runs_a_second,
        "more imports in a run (`ROSTERLINE_MAX_IMPORTS_PER_RUN`), which then take longer each",
    ),
    Limit(
        "bytes that one SFTP process takes in",
        lambda n: n.arriving_mib_a_second,
        lambda _: float(_RECORDED["sftp_mb_a_second"]),
        "several doors behind a balancer",
    ),
    Limit(
        "cores of one PostgreSQL server",
        lambda n: n.server_cores,
        lambda a: a.server_cores,
        "a registry for each group of accounts: patients of two accounts never meet",
    ),
    Limit(
        "writes of one PostgreSQL server",
        lambda n: n.iops,
        lambda a: a.server_iops,
        "the log on disks of its own; then a registry for each group of accounts",
    ),
    Limit(
        "size of one PostgreSQL server after a year",
        lambda n: n.registry_gib + 365 * n.grows_gib_a_night,
        lambda a: a.server_gib,
        (
            "old months of the ledger detached and archived; "
            "then a registry for each group of accounts"
        ),
    ),
)


def broken(size: Need, assumed: Assumptions) -> list[tuple[float, Limit]]:
    """Limits by how many times over they are needed, the first to break first."""
    used = [(each.needed(size) / each.there_is(assumed), each) for each in LIMITS]
    return sorted(used, key=lambda each: each[0], reverse=True)


HEAD = """\
<!-- Made by `python -m bench.growth`; edit bench/growth.py instead. -->

# Growth

What a night needs at sizes that nobody measured, computed from figures that were measured on two
cores ([performance](performance.md)) and from the assumptions at the end. It shows which part is
worth a look next; where an assumption is off, so is what follows from it. How to get from one size
to the next: [grow](tasks/grow.md).
"""

BELOW_NEEDS = """\
An import stream is one import at a time. Memory is 0.9 GiB for each: DuckDB's limit and libraries.
Writes are pages of 8 KiB, of the log and of what tables gain.
"""
ABOVE_STORAGE = """\
Archive and results of {days} days. The price is in whatever currency the options for prices are.
"""

NEEDS = (
    "files a night", "patients", "rows a night", "import streams", "machines for them",
    "their memory", "PostgreSQL cores", "its size", "gains a night", "log a night",
    "writes a second",
)  # fmt: skip
STORAGE = (
    "files a night", "patients", "bytes kept", "objects kept", "objects written a night",
    "price a month",
)  # fmt: skip


def page(assumed: Assumptions) -> str:
    """docs/growth.md."""
    sizes = [need(files, people, assumed) for people in PATIENTS for files in FILES_A_NIGHT]
    figures = ((name.replace("_", " "), str(value)) for name, value in _RECORDED.items())
    parts = (
        HEAD,
        "## Machines and PostgreSQL\n",
        _table(NEEDS, (_needs(each, assumed) for each in sizes)),
        BELOW_NEEDS,
        "## Storage\n",
        ABOVE_STORAGE.format(days=f"{assumed.keep_days:,.0f}"),
        _table(STORAGE, (_storage(each, assumed) for each in sizes)),
        "## What breaks first, and what then\n",
        *(_breaks(each, assumed) for each in sizes),
        "## Measured\n",
        _table(("figure", "value"), (each for each in figures if each[0] != "about")),
        "## Assumed\n",
        _table(("option", "value", "what it is"), _assumed(assumed)),
    )
    return "\n".join(parts)


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [names, ["---:" for _ in names], *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _needs(size: Need, assumed: Assumptions) -> Sequence[str]:
    return (
        f"{size.files:,}",
        f"{size.patients:,}",
        count(size.rows),
        count(size.streams),
        f"{math.ceil(size.streams / assumed.streams_per_machine):,}",
        size_of(size.worker_gib),
        count(size.server_cores),
        size_of(size.registry_gib),
        size_of(size.grows_gib_a_night),
        size_of(size.log_gib_a_night),
        count(size.iops),
    )


def _storage(size: Need, assumed: Assumptions) -> Sequence[str]:
    return (
        f"{size.files:,}",
        f"{size.patients:,}",
        size_of(size.stored_gib),
        count(size.objects),
        count(size.files * assumed.puts_per_file),
        count(size.price_a_month),
    )


def _breaks(size: Need, assumed: Assumptions) -> str:
    title = f"**{size.files:,} files a night, {size.patients:,} patients.**"
    used = broken(size, assumed)
    over = [(times, limit) for times, limit in used if times > 1]
    if not over:
        times, limit = used[0]
        return f"{title} One machine is enough. Nearest: {limit.name}, {times:.0%} used.\n"
    lines = (
        f"{number}. {limit.name[0].upper()}{limit.name[1:]}: {count(times)} times what there is.\n"
        f"   Then {limit.then}.\n"
        for number, (times, limit) in enumerate(over, 1)
    )
    return f"{title}\n\n{''.join(lines)}"


def _assumed(assumed: Assumptions) -> Iterator[Sequence[str]]:
    for each in fields(assumed):
        option = f"`--{each.name.replace('_', '-')}`"
        yield option, f"{getattr(assumed, each.name):,g}", each.metadata["about"]


def count(number: float) -> str:
    """A number with two digits that mean something: `3.6`, `480`, `1.2 million`."""
    for above, word in ((1e9, " billion"), (1e6, " million")):
        if number >= above:
            return f"{_two_digits(number / above)}{word}"
    return _two_digits(number)


def size_of(gib: float) -> str:
    """A size with its unit."""
    for above, unit in ((1024.0**2, "PiB"), (1024.0, "TiB"), (1.0, "GiB")):
        if gib >= above:
            return f"{_two_digits(gib / above)} {unit}"
    return f"{_two_digits(gib * 1024)} MiB"


def _two_digits(number: float) -> str:
    if number == 0:
        return "0"
    places = 1 - math.floor(math.log10(abs(number)))
    rounded = round(number, places)
    return f"{rounded:,.{max(0, places)}f}"


def main() -> None:
    """Print the page, with the assumptions that the command changes."""
    parser = argparse.ArgumentParser(description=__doc__)
    for each in fields(Assumptions):
        parser.add_argument(
            f"--{each.name.replace('_', '-')}", type=float, default=each.default,
            help=each.metadata["about"],
        )  # fmt: skip
    sys.stdout.write(page(Assumptions(**vars(parser.parse_args()))))


if __name__ == "__main__":
    main()
