"""Waiting for an effect of a server or process that follows its answer."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def eventually(check: Callable[[], Found], seconds: float = 60) -> Found:
    """What `check` gives as soon as it is true; the test fails if it never becomes true."""
    deadline = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
    return found
