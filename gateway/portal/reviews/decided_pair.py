"""The pair that a reviewer just decided: the next page confirms it and offers a way back."""

from uuid import UUID

from psycopg import Connection

from registry.accounts.accounts import Account
from registry.decisions.review_queue import Pair, read_pair
from schemas.errors import NotFound

MAX_TEXT = 200
STATE_LABELS = {"same": "Merged", "different": "Different people", "moved": "In another pair"}


def decided_pair(connection: Connection, account: Account, text: str) -> Pair | None:
    """The pair that the address of a page names as `younger id_older id`; None if it names none."""
    try:
        younger, _, older = text.partition("_")
        return read_pair(connection, account.id, UUID(younger), UUID(older)) if text else None
    except (ValueError, NotFound):
        return None


def decided_query(pair: Pair) -> str:
    """The part of an address that `decided_pair` reads."""
    return f"judged={pair.younger.id}_{pair.older.id}"
