"""How many requests a key may make in a sliding minute, shown in RateLimit headers.

It weighs two counters instead of keeping a list of all requests of the minute: that list took as
long as a third of a request.
"""

import math
import time
from dataclasses import dataclass

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

_WINDOW_SECONDS = 60


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
            "RateLimit-Policy": f'"key";q={self.per_minute};w={_WINDOW_SECONDS}',
            "RateLimit": f'"key";r={self.remaining};t={self.reset_seconds}',
        }


class Limiter:
    """Counts requests by key, in the memory of this process."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._limit = RateLimitItemPerMinute(per_minute)
        self._window = SlidingWindowCounterRateLimiter(MemoryStorage())

    def count(self, key: str) -> Allowance:
        """Count a request of this key."""
        allowed = self._window.hit(self._limit, key)
        window = self._window.get_window_stats(self._limit, key)
        reset = max(1, math.ceil(window.reset_time - time.time()))
        return Allowance(allowed, window.remaining, reset, self.per_minute)
