# ruff: noqa: INP001 - a folder that is put on the path, no package
"""Read by each Python under libfaketime, which breaks time.sleep(): see .ci/dates."""

import select
import time


def _sleep(seconds: float) -> None:
    select.select([], [], [], seconds)


time.sleep = _sleep
