"""How many calls came with an API key in a sliding minute, counted for all API processes together.

The counts are in a table that is not logged: they outlive the API's processes and a restart of
PostgreSQL, and begin anew after a crash of it.
"""

from dataclasses import dataclass

from psycopg import Connection

from registry.database.statements import Statements

MINUTE_SECONDS = 60

_SQL = Statements(__file__)


@dataclass(frozen=True)
class TakenCalls:
    """What a key was granted of the calls that it wanted, and how its minute looks then.

    `calls` are those of the present minute of the clock, with the granted ones; `seconds` are how
    much of it has passed; `calls_before` are those of the minute before.
    """

    granted: int
    calls: int
    calls_before: int
    seconds: float

    def remaining(self, limit: int) -> int:
        """How many further calls there are now."""
        return max(0, int(limit - self.calls - self._weighed()))

    def seconds_until_one(self, limit: int) -> float:
        """How long it takes until there is a further call, if nobody takes one meanwhile."""
        room = limit - 1 - self.calls
        if room >= self._weighed():
            return 0.0
        rest = MINUTE_SECONDS - self.seconds
        if room >= 0:  # what is left of the minute before weighs less and less
            return rest - MINUTE_SECONDS * room / self.calls_before
        return rest + MINUTE_SECONDS * (1 - (limit - 1) / self.calls)

    def _weighed(self) -> float:
        return self.calls_before * (1 - self.seconds / MINUTE_SECONDS)


def take_calls(connection: Connection, sha256: str, wanted: int, limit: int) -> TakenCalls | None:
    """Take calls of a key's `limit` a minute; None if there is no such key, or it was revoked.

    One statement, in a transaction of its own: the connection must be in none, because other calls
    of the key wait until it ends.
    """
    row = connection.execute(
        _SQL["take_calls"], {"sha256": sha256, "wanted": wanted, "limit": limit}
    ).fetchone()
    return TakenCalls(*row) if row else None
