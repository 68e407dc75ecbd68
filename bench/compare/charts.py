"""Charts as SVG: bars of one case, and lines of earlier runs."""

import math
from collections.abc import Mapping, Sequence
from html import escape

_STYLE = (
    'font-family="sans-serif" font-size="12" fill="#444"',
    "<style>@media (prefers-color-scheme: dark){text{fill:#ccc}}</style>",
)
_OURS, _OTHERS = "#0b6e6e", "#9aa5b1"
_BAR, _GAP, _LEFT, _WIDE, _RIGHT = 18, 10, 230, 420, 90
_COLOURS = ("#0b6e6e", "#d9a441", "#7a4fa3", "#c0504d", "#4f81bd", "#6b8e23", "#888888")


def bars(title: str, values: Mapping[str, float], unit: str) -> str:
    """Horizontal bars, the shortest first, with the value at the end; ours in a colour.

    The scale is logarithmic where the longest is more than thirty times the shortest.
    """
    ordered = sorted(values.items(), key=lambda each: each[1])
    smallest, largest = ordered[0][1], ordered[-1][1]
    logarithmic = smallest > 0 and largest / smallest > 30  # noqa: PLR2004
    height = 40 + len(ordered) * (_BAR + _GAP)
    parts = [_text(0, 16, title + (" (logarithmic)" if logarithmic else ""))]
    for number, (name, value) in enumerate(ordered):
        top = 30 + number * (_BAR + _GAP)
        share = _share(value, smallest, largest, logarithmic=logarithmic)
        colour = _OURS if name.startswith("Rosterline") else _OTHERS
        parts += [
            _text(_LEFT - 8, top + 13, name, anchor="end"),
            _rectangle(_LEFT, top, share * _WIDE, colour),
            _text(_LEFT + share * _WIDE + 6, top + 13, f"{value:,.3g} {unit}"),
        ]
    return _svg(_LEFT + _WIDE + _RIGHT, height, parts)


def _share(value: float, smallest: float, largest: float, *, logarithmic: bool) -> float:
    if largest <= 0:
        return 0.0
    if not logarithmic:
        return value / largest
    return (1 + math.log10(value / smallest)) / (1 + math.log10(largest / smallest))


def lines(title: str, days: Sequence[str], series: Mapping[str, Sequence[float | None]]) -> str:
    """A line for each series over the same days; its values are shares of its first one."""
    height, step = 220, _WIDE / max(1, len(days) - 1)
    shares = {name: _of_the_first(values) for name, values in series.items()}
    top = max((v for values in shares.values() for v in values if v is not None), default=1.0)
    parts = [_text(0, 16, title)]
    parts += [
        _text(40 + number * step, height + 46, day, anchor="middle")
        for number, day in enumerate(days)
        if number in {0, len(days) - 1}
    ]
    for (name, values), colour in zip(shares.items(), _COLOURS, strict=False):
        points = [
            (40 + number * step, 30 + height - value / top * height)
            for number, value in enumerate(values)
            if value is not None
        ]
        drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
        parts.append(_text(50 + _WIDE, points[-1][1] + 4, name, colour=colour))
    return _svg(50 + _WIDE + 330, height + 60, parts)


def _of_the_first(values: Sequence[float | None]) -> list[float | None]:
    first = next((value for value in values if value), 1.0)
    return [None if value is None else value / first for value in values]


def _text(x: float, y: float, text: str, *, anchor: str = "start", colour: str = "") -> str:
    fill = f' style="fill:{colour}"' if colour else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{fill}>{escape(text)}</text>'


def _rectangle(x: float, y: float, width: float, colour: str) -> str:
    return f'<rect x="{x}" y="{y}" width="{width:.1f}" height="{_BAR}" fill="{colour}"/>'


def _svg(width: float, height: float, parts: Sequence[str]) -> str:
    attributes, style = _STYLE
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}"'
    return "\n".join([f"{head} {attributes}>", style, *parts, "</svg>"]) + "\n"
