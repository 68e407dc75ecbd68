"""The page of states: a diagram and a table of moves for imports, attempts and bulk requests."""

from collections.abc import Sequence

from registry.ledger.moves import ATTEMPT_MOVES, IMPORT_MOVES, Move
from registry.requests.request_states import REQUEST_MOVES

_INTRODUCTION = """\
What the columns `state` of `import`, `attempt` and `bulk_request` may become, and who changes them.
The functions are in `registry/ledger/states.py` and `registry/requests/request_states.py`;
nothing else writes these columns, which a test enforces. A move that is not listed is refused."""

_IMPORTS = """\
One file's way through the system. No move leads to `expired`: a bulk request expires before it has
an import."""

_ATTEMPTS = """\
One run over an import. An attempt that was cut off stays `open` or `applied`, and the next run goes
on with it."""

_REQUESTS = """\
What a caller of the HTTP API asked for before its file came. Once the request is `received`, its
import's state is what callers see."""

_SECTIONS = (
    ("Imports", _IMPORTS, IMPORT_MOVES),
    ("Attempts", _ATTEMPTS, ATTEMPT_MOVES),
    ("Bulk requests", _REQUESTS, REQUEST_MOVES),
)


def states_page() -> str:
    """The states of imports, attempts and bulk requests, as markdown."""
    parts = ["# States", _INTRODUCTION]
    for title, text, moves in _SECTIONS:
        parts += [f"## {title}", text, _diagram(moves), _table(moves)]
    return "\n\n".join(parts) + "\n"


def _diagram(moves: Sequence[Move]) -> str:
    """A Mermaid diagram: an arrow for each pair of states, with the functions that go that way."""
    arrows: dict[tuple[str | None, str], list[str]] = {}
    for move in moves:
        names = arrows.setdefault((move.before, move.after), [])
        if move.name not in names:
            names.append(move.name)
    lines = [
        f"    {before or '[*]'} --> {after}: {', '.join(names)}"
        for (before, after), names in arrows.items()
    ]
    return "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```"])


def _table(moves: Sequence[Move]) -> str:
    cells = [
        (_state(move.before), _state(move.after), f"`{move.name}`", move.by, move.when)
        for move in moves
    ]
    rows = [f"| {' | '.join(row)} |" for row in cells]
    head = ["| from | to | function | made by | when |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([*head, *rows])


def _state(state: str | None) -> str:
    return f"`{state}`" if state else "new"
