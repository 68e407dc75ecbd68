"""What a user would run instead: each module loads one CSV file into one table, as a process.

    python -m bench.compare.loads.floor URL FILE KEY

`KEY` is the header of the column that recognises a row. Each prints the seconds of its steps as
JSON. Rows that are new are added, rows that are known take the file's values; none of them checks
a value (but for the one that says so), keeps a history, or answers the sender.
"""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

TABLE = "roster"
DATASET = "loaded"
"""dlt's schema; the others use `public`."""


@dataclass
class Steps:
    """Seconds by step."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """The body is the step `name`."""
        began = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - began

    def tell(self) -> None:
        """Print them, for whoever measures."""
        sys.stdout.write(json.dumps(self.seconds) + "\n")
