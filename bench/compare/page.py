"""The part of docs/performance.md that the history makes, and its charts."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench.compare import charts
from bench.compare.figures import MIB, Figures
from bench.compare.history import Measured, newest

DOCS = Path(__file__).parents[2] / "docs"
BEGIN = "<!-- What follows is written by `python -m bench.compare`. -->\n"
END = "<!-- Here ends what `python -m bench.compare` writes. -->\n"
_NUMBERS = (
    "rounds", "seconds", "times the floor", "processor s", "PostgreSQL's", "peak MiB", "WAL MiB",
    "rows written",
)  # fmt: skip
_HEAD = ("way", *_NUMBERS, "its steps, s")
_FLOOR = "floor"
_OURS = "ours"
_RUNS = "performance-runs.svg"

_MEASURED = (
    "On {day}, {cores} cores, load of the machine before each way {least:.1f} to {most:.1f}, "
    "commit {commit}.\n"
)
_ABOVE_LOSSES = """\
### Where Rosterline is slower

So many times the wall time of the others, as whole processes. What they leave out is listed in
[decision 022](decisions/022-what-is-compared.md).
"""


def write(history: Sequence[Measured]) -> None:
    """Put it between its marks in docs/performance.md, and write the charts."""
    path = DOCS / "performance.md"
    before, _, rest = path.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{BEGIN}{part(history)}{END}{after}")
    for name, drawn in pictures(history).items():
        (DOCS / "pictures" / name).write_text(drawn)


def part(history: Sequence[Measured]) -> str:
    """The Markdown of all cases, each from its newest run."""
    if not history:
        return "\nNothing is measured yet.\n\n"
    cases = newest(history)
    sections = [_section(case, found) for case, found in cases.items()]
    slower = "".join(_slower(found) for found in cases.values())
    runs = ["### Earlier runs\n", f"![runs]({_picture(_RUNS)})\n"] if _several(history) else []
    return "\n".join(
        ["", *sections, _ABOVE_LOSSES, slower or "In no case that was measured.\n", *runs, ""]
    )


def pictures(history: Sequence[Measured]) -> dict[str, str]:
    """The charts by file name."""
    drawn = {
        _bars(case): charts.bars(
            found[0].title, {each.way_title: f.seconds for each, f in _ran(found)}, "s"
        )
        for case, found in newest(history).items()
        if _is_drawn(found)
    }
    if moments := _several(history):
        title = "Seconds of Rosterline, as a share of each case's first run"
        drawn[_RUNS] = charts.lines(title, moments, _of_ours(history, moments))
    return drawn


def _section(case: str, found: Sequence[Measured]) -> str:
    floor = next((f.seconds for each, f in _ran(found) if each.way == _FLOOR), None)
    lines = [_HEAD, tuple("---:" if name in _NUMBERS else "---" for name in _HEAD)]
    lines += [_cells(each, figures, floor) for each, figures in _ran(found)]
    loads = [each.load_average for each in found]
    parts = [
        f"### {found[0].title}\n",
        _MEASURED.format(
            day=found[0].at[:10],
            cores=found[0].cores,
            least=min(loads),
            most=max(loads),
            commit=found[0].commit,
        ),
        "".join(f"| {' | '.join(cells)} |\n" for cells in lines),
    ]
    missing = [f"{each.way_title} ({_first_line(each.reason)})" for each in found if each.reason]
    if missing:
        parts.append(f"Not measured: {'; '.join(missing)}.\n")
    if _is_drawn(found):
        parts.append(f"![{found[0].title}]({_picture(_bars(case))})\n")
    return "\n".join(parts)


def _cells(each: Measured, figures: Figures, floor: float | None) -> tuple[str, ...]:
    return (
        each.way_title,
        str(each.rounds),
        number(figures.seconds),
        number(figures.seconds / floor) if floor else "",
        number(figures.own_processor_seconds),
        number(figures.server_processor_seconds),
        f"{figures.peak_mib:,.0f}",
        number(figures.wal_bytes / MIB),
        f"{figures.rows_written:,.0f}",
        ", ".join(f"{name} {number(seconds)}" for name, seconds in figures.steps.items()),
    )


def _slower(found: Sequence[Measured]) -> str:
    """A line with the ways that took less time than ours; none where there is none."""
    ran = list(_ran(found))
    ours = next((f.seconds for each, f in ran if each.way == _OURS), None)
    if ours is None:
        return ""
    faster = [
        f"{each.way_title} {number(ours / f.seconds)}"
        for each, f in ran
        if f.seconds < ours and not each.way.startswith(_OURS)
    ]
    return f"- {found[0].title}: {'; '.join(faster)}.\n" if faster else ""


def _ran(found: Sequence[Measured]) -> Iterator[tuple[Measured, Figures]]:
    return ((each, each.figures) for each in found if each.figures)


def _is_drawn(found: Sequence[Measured]) -> bool:
    return sum(1 for _ in _ran(found)) > 1


def _several(history: Sequence[Measured]) -> list[str]:
    """The moments of all runs, where there are at least two."""
    moments = sorted({each.at for each in history})
    return moments if len(moments) > 1 else []


def _of_ours(
    history: Sequence[Measured], moments: Sequence[str]
) -> Mapping[str, Sequence[float | None]]:
    """Seconds of the command by case, at each moment that measured it; of cases with several."""
    seconds = {
        (each.title, each.at): figures.seconds
        for each, figures in _ran(history)
        if each.way == _OURS
    }
    titles = dict.fromkeys(title for title, _ in seconds)
    series = {title: [seconds.get((title, at)) for at in moments] for title in titles}
    return {title: each for title, each in series.items() if sum(map(bool, each)) > 1}


def number(value: float) -> str:
    """With three digits that mean something: `0.0512`, `1.23`, `45.6`, `1,234`."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004


def _bars(case: str) -> str:
    return f"performance-{case}.svg"


def _picture(name: str) -> str:
    return f"pictures/{name}"


def _first_line(reason: str) -> str:
    return (reason.strip().splitlines() or [""])[0][:200]
