"""A pair of the review queue as a terminal shows it."""

from rich.console import Group, RenderableType
from rich.text import Text

from cli import output
from registry.decisions.review_queue import REASONS, Pair


def judged_as(pair: Pair) -> str:
    """How a pair was judged, why, and by whom."""
    why = f" ({pair.why_different})" if pair.why_different else ""
    return f"{pair.state}{why}, {pair.judged_by}"


def why_asked(pair: Pair, records: int) -> str:
    """The reason, the score if there is one, and how many records are one task."""
    said = [REASONS[pair.reason]]
    if pair.weight is not None:
        said.append(f"{pair.band}, score {pair.weight:.1f}")
    if records > 2:  # noqa: PLR2004 - a pair has two
        said.append(f"{records} records may be one person")
    return "\n".join(said)


def side_by_side(pair: Pair, older: dict[str, str], younger: dict[str, str]) -> RenderableType:
    """The two patients of a pair side by side, with what differs and what the score says."""
    rows = [
        (
            Text(address, "" if older.get(address) == younger.get(address) else "yellow"),
            older.get(address, output.NOTHING),
            younger.get(address, output.NOTHING),
            "" if older.get(address) == younger.get(address) else "differs",
        )
        for address in dict.fromkeys((*older, *younger))
    ]
    headers = ("field", f"was first: {pair.older.id}", f"came later: {pair.younger.id}", "")
    state = judged_as(pair) if pair.judged_by else pair.state
    parts: list[RenderableType] = [Text(f"{REASONS[pair.reason]}; {state}")]
    if pair.weight is not None:
        said = [f"  {line.sentence} ({line.weight:+.1f})" for line in pair.evidence]
        parts.append(Text("\n".join([f"{pair.band}, score {pair.weight:.1f}:", *said])))
    return Group(*parts, output.table(headers, rows))
