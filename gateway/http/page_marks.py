"""Where a page of the review queue ended, as an address of the portal or the API carries it."""

from datetime import datetime
from uuid import UUID

from registry.decisions.review_queue import Pair, Position, Which
from schemas.errors import NotFound


def mark_of(last: Pair, which: Which) -> str:
    """The place after this pair; `position_of` reads it."""
    at, younger, older = last.rank if which == "open" else last.position
    return f"{at.isoformat() if isinstance(at, datetime) else at}_{younger}_{older}"


def position_of(mark: str, which: Which) -> Position | None:
    """The place that a mark names; None for the first page.

    Raises:
        NotFound: it names none.
    """
    if not mark:
        return None
    try:
        at, younger, older = mark.split("_")
        place = float(at) if which == "open" else datetime.fromisoformat(at)
        return place, UUID(younger), UUID(older)
    except ValueError as error:
        raise NotFound("there is no such page") from error
