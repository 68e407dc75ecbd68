"""How many requests a key may make in a sliding minute, shown in RateLimit headers.

All API processes count together: in PostgreSQL, or in Redis or Valkey where a setting names one.
The window weighs two counters instead of keeping a list of all requests of the minute.

A process takes a key's calls one by one, and several at once for a key that calls again and again,
so that such a key costs a statement now and then and not one for each call. What it does not use is
lost to the key for this minute: a caller gets a little less than the limit, and never more.
"""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock
from typing import Protocol

from limits import RateLimitItemPerMinute
from limits.storage import storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter
from psycopg import Connection

from registry.accounts.call_counts import MINUTE_SECONDS, TakenCalls, take_calls
from registry.settings import Settings

logger = logging.getLogger(__name__)

LEASE_SECONDS = 1.0
"""How long calls that were taken ahead may be used: they are counted in the minute in which they
were taken."""

LEASES_IN_A_MINUTE = 60
"""At most this share of the limit is taken at once."""

MOST_KEYS = 10_000
"""Keys that a process remembers calls of; with more, it forgets all and takes calls anew."""

STORE_SECONDS = 0.5
"""How long a call waits for Redis."""

OUTAGE_SECONDS = 5.0
"""How long Redis is not asked after it did not answer."""


@dataclass(frozen=True)
class Allowance:
    """Whether a request is allowed, and what its answer says about the limit."""

    allowed: bool
    remaining: int
    reset_seconds: int
    per_minute: int

    @property
    def headers(self) -> dict[str, str]:
        """`RateLimit` and `RateLimit-Policy`, as in draft-ietf-httpapi-ratelimit-headers."""
        return {
            "RateLimit-Policy": f'"key";q={self.per_minute};w={MINUTE_SECONDS}',
            "RateLimit": f'"key";r={self.remaining};t={self.reset_seconds}',
        }


class Limiter(Protocol):
    """Counts requests by key."""

    per_minute: int

    def count(self, connection: Connection, sha256: str) -> Allowance | None:
        """Count a request with the key of this hash; None if no such key is known to be valid.

        The connection is in no transaction.
        """


def limiter_of(settings: Settings) -> Limiter:
    """The limiter that the settings ask for."""
    in_database = DatabaseLimiter(settings.requests_per_minute)
    if settings.rate_limit_url is None:
        return in_database
    return StoreLimiter(settings.rate_limit_url.get_secret_value(), in_database)


@dataclass(frozen=True)
class _Lease:
    """Calls of a key that this process has taken, of which `left` are unused."""

    taken: TakenCalls
    at: float
    size: int
    left: int


class DatabaseLimiter:
    """Counts in PostgreSQL, for all processes that share it; `clock` gives seconds."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_minute = per_minute
        self._clock = clock
        self._most = max(1, per_minute // LEASES_IN_A_MINUTE)
        self._leases: dict[str, _Lease] = {}
        self._lock = Lock()

    def count(self, connection: Connection, sha256: str) -> Allowance | None:
        """Count a request, with a statement unless calls were taken ahead."""
        with self._lock:
            lease = self._leases.get(sha256)
            known = lease and self._of_lease(sha256, lease)
        if known:
            return known
        size = self._next_size(lease)
        taken = take_calls(connection, sha256, size, self.per_minute)
        if taken is None:
            return None
        with self._lock:
            if len(self._leases) >= MOST_KEYS:
                self._leases.clear()
            other = self._leases.get(sha256)
            # Another call of the key may have taken some at the same time.
            left = other.left if other and self._age(other) < LEASE_SECONDS else 0
            left += max(0, taken.granted - 1)
            self._leases[sha256] = _Lease(taken, self._clock(), size, left)
        return self._allowance(taken, left, allowed=taken.granted > 0)

    def _of_lease(self, sha256: str, lease: _Lease) -> Allowance | None:
        """The answer that needs no statement, if there is one."""
        age = self._age(lease)
        if lease.left and age < LEASE_SECONDS:
            self._leases[sha256] = replace(lease, left=lease.left - 1)
            return self._allowance(lease.taken, lease.left - 1, allowed=True)
        is_refused = not lease.taken.granted
        if is_refused and age < lease.taken.seconds_until_one(self.per_minute):
            return self._allowance(lease.taken, 0, allowed=False, age=age)
        return None

    def _next_size(self, lease: _Lease | None) -> int:
        if lease is None or lease.left or self._age(lease) > LEASE_SECONDS:
            return 1
        return min(2 * lease.size, self._most)

    def _age(self, lease: _Lease) -> float:
        return self._clock() - lease.at

    def _allowance(
        self, taken: TakenCalls, left: int, *, allowed: bool, age: float = 0.0
    ) -> Allowance:
        remaining = taken.remaining(self.per_minute) + left
        until = MINUTE_SECONDS - taken.seconds
        if not remaining:
            until = taken.seconds_until_one(self.per_minute)
        return Allowance(allowed, remaining, max(1, math.ceil(until - age)), self.per_minute)


class StoreLimiter:
    """Counts in Redis or Valkey; in PostgreSQL as long as that does not answer."""

    def __init__(self, url: str, otherwise: DatabaseLimiter) -> None:
        self.per_minute = otherwise.per_minute
        self._otherwise = otherwise
        self._limit = RateLimitItemPerMinute(self.per_minute, namespace="rosterline")
        self._storage = storage_from_string(
            url, socket_timeout=STORE_SECONDS, socket_connect_timeout=STORE_SECONDS
        )
        self._window = SlidingWindowCounterRateLimiter(self._storage)
        self._away_until = 0.0

    def count(self, connection: Connection, sha256: str) -> Allowance | None:
        """Count a request. Keys that nobody has count, too, and are forgotten in two minutes."""
        if time.monotonic() >= self._away_until:
            try:
                allowed = self._window.hit(self._limit, sha256)
                window = self._window.get_window_stats(self._limit, sha256)
            except self._storage.base_exceptions as error:
                self._away_until = time.monotonic() + OUTAGE_SECONDS
                logger.warning("rate limits are counted in PostgreSQL: %s", type(error).__name__)
            else:
                reset = max(1, math.ceil(window.reset_time - time.time()))
                return Allowance(allowed, window.remaining, reset, self.per_minute)
        return self._otherwise.count(connection, sha256)
