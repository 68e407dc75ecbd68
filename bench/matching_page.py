"""The page docs/matching.md, between its marks, and its pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from bench.matching_methods import Automatic
from identity.model import Model

START, END = "<!-- measured: python -m bench.identity -->", "<!-- end of what was measured -->"
_SIDE, _EDGE = 260, 40
_HEAD = (
    "| registry | method | pairs compared | recall of blocking | right | wrong |"
    " precision | recall | F1 | time |"
)
_RULE = "| --- | --- |" + " ---: |" * 8
_LEAST = 0.5
"""Where the axes of the pictures begin."""
_COLOURS = {
    "exact rules": "#8a8a8a",
    "recordlinkage's guide": "#b8860b",
    "hand-tuned Splink": "#7a4fbf",
    "ours": "#0b6e4f",
    "ours, trained again": "#c2410c",
}


@dataclass(frozen=True)
class Measured:
    """One method on one registry."""

    registry: str
    method: str
    records: int
    true_pairs: int
    candidates: int
    blocked: int
    right: int
    wrong: int
    seconds: float
    curve: Sequence[tuple[float, int, int]]
    automatic: Automatic | None = None

    def rates(self) -> dict[str, float]:
        """Precision, recall and F1 at the threshold in use."""
        linked = self.right + self.wrong
        return {
            "precision": self.right / linked if linked else 0.0,
            "recall": self.right / self.true_pairs,
            "f1": 2 * self.right / (linked + self.true_pairs),
        }

    def line(self) -> str:
        """A row of the table."""
        rates = " | ".join(f"{rate:.4f}" for rate in self.rates().values())
        blocking = f"{self.blocked / self.true_pairs:.4f}"
        return (
            f"| {self.registry} | {self.method} | {self.candidates:,} | {blocking} | {self.right:,}"
            f" | {self.wrong:,} | {rates} | {self.seconds:.1f} s |"
        )


def write_page(measured: Sequence[Measured], model: Model, docs: Path) -> None:
    """Write the measured part of docs/matching.md and its pictures."""
    page = docs / "matching.md"
    before, _, rest = page.read_text(encoding="utf-8").partition(START)
    _, _, after = rest.partition(END)
    part = _measured_part(measured, model)
    page.write_text(f"{before}{START}\n\n{part}\n\n{END}{after}", encoding="utf-8")
    pictures = docs / "pictures"
    pictures.mkdir(exist_ok=True)
    for registry, rows in groupby(measured, lambda row: row.registry):
        (pictures / _picture(registry)).write_text(_draw(registry, list(rows)), encoding="utf-8")


def _measured_part(measured: Sequence[Measured], model: Model) -> str:
    sizes = {row.registry: (row.records, row.true_pairs) for row in measured}
    lines = ["| registry | records | pairs of one person |", "| --- | ---: | ---: |"]
    lines += [f"| {name} | {size[0]:,} | {size[1]:,} |" for name, size in sizes.items()]
    lines += ["", _HEAD, _RULE]
    lines += [row.line() for row in measured]
    lines += ["", *_automatic_lines(measured, model), ""]
    lines += [f"![{name}](pictures/{_picture(name)})" for name in sizes]
    return "\n".join(lines)


def _automatic_lines(measured: Sequence[Measured], model: Model) -> list[str]:
    introduction = (
        f"Ours on the generated registries: without a person from weight {model.automatic} on, with"
        f" one from {model.review} on."
    )
    lines = [
        introduction,
        "",
        "| registry | linked at once, right | wrong | wrong pairs that a person would see |",
        "| --- | ---: | ---: | --- |",
    ]
    for row in measured:
        if row.automatic:
            seen = ", ".join(f"{kind} {n}" for kind, n in row.automatic.reviewed_relatives.items())
            lines.append(
                f"| {row.registry} | {row.automatic.right:,} | {row.automatic.wrong} | {seen} |"
            )
    return lines


def _picture(registry: str) -> str:
    return f"matching-{registry.lower().replace(' ', '-')}.svg"


def _draw(registry: str, rows: Sequence[Measured]) -> str:
    """Precision over recall as each method's threshold falls; a dot is the threshold in use."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIDE + 230} {_SIDE + 70}">',
        "<style>text {font: 11px sans-serif}</style>",
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="{_EDGE}" y="16">{registry}: precision over recall</text>',
    ]
    for share in (0.5, 0.6, 0.7, 0.8, 0.9, 1.0):
        x, y = _place(share, share)
        parts.append(
            f'<path d="M{x} {_EDGE - 10}V{_SIDE + _EDGE - 10}M{_EDGE} {y}H{_SIDE + _EDGE}"'
            f' stroke="#ddd"/><text x="{x - 8}" y="{_SIDE + _EDGE + 6}">{share}</text>'
            f'<text x="12" y="{y + 4}">{share}</text>'
        )
    for place, row in enumerate(rows):
        parts += _draw_method(row, place)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _draw_method(row: Measured, place: int) -> list[str]:
    colour = _COLOURS[row.method]
    points = [
        _place(right / row.true_pairs, right / (right + wrong))
        for _, right, wrong in row.curve[:: max(1, len(row.curve) // 200)]
        if right / row.true_pairs >= _LEAST and right / (right + wrong) >= _LEAST
    ]
    path = " ".join(f"{x},{y}" for x, y in points)
    rates = row.rates()
    x, y = _place(max(rates["recall"], _LEAST), max(rates["precision"], _LEAST))
    name_y = 60 + 18 * place
    left = _SIDE + _EDGE + 20
    return [
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>',
        f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}"/>',
        f'<circle cx="{left}" cy="{name_y - 4}" r="4" fill="{colour}"/>',
        f'<text x="{left + 10}" y="{name_y}">{row.method}</text>',
    ]


def _place(recall: float, precision: float) -> tuple[float, float]:
    """Where a point is in the picture."""
    span = 1 - _LEAST
    x = _EDGE + (recall - _LEAST) / span * _SIDE
    y = _EDGE - 10 + (1 - precision) / span * _SIDE
    return round(x, 1), round(y, 1)
