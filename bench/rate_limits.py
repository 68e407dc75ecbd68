"""`python -m bench.rate_limits`: what it costs to count a call of an API key.

Counts in the memory of the process are what PostgreSQL is compared with. "Each call" takes every
call by a statement of its own; "taken ahead" is what the API does.
"""

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from psycopg import Connection

from gateway.api.rate_limits import DatabaseLimiter
from registry.accounts.accounts import add_account
from registry.accounts.api_keys import add_key, hash_of
from registry.accounts.call_counts import take_calls
from registry.database.connections import connect
from registry.settings import Settings

CALLS = 3_000
LIMIT = 10**6


def main() -> None:
    """Print microseconds a call, in the median of five rounds."""
    with connect(Settings()) as connection:
        connection.autocommit = True
        now = datetime.now(UTC)
        account = add_account(connection, f"limits-{now:%H%M%S}", "metriport")
        key = hash_of(add_key(connection, account, "bench", "full", now)[1])
        for name, count in _ways(connection, key).items():
            print(f"{name}: {statistics.median(_round(count) for _ in range(5)):.0f} µs")  # noqa: T201


def _ways(connection: Connection, key: str) -> dict[str, Callable[[], object]]:
    memory = SlidingWindowCounterRateLimiter(MemoryStorage())
    limit = RateLimitItemPerMinute(LIMIT)

    def in_memory() -> None:
        memory.hit(limit, key)
        memory.get_window_stats(limit, key)

    ahead = DatabaseLimiter(LIMIT)
    return {
        "in memory": in_memory,
        "PostgreSQL, each call": lambda: take_calls(connection, key, 1, LIMIT),
        "PostgreSQL, taken ahead": lambda: ahead.count(connection, key),
    }


def _round(count: Callable[[], object]) -> float:
    began = time.perf_counter()
    for _ in range(CALLS):
        count()
    return (time.perf_counter() - began) / CALLS * 1e6


if __name__ == "__main__":
    main()
