"""A fresh home with the `rosterline` command, for measurements."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

SEED = 7
ACCOUNT = "bench"
COMMAND = str(Path(sys.executable).with_name("rosterline"))


@contextmanager
def in_a_home(home: Path) -> Iterator[Callable[..., None]]:
    """Yield the `rosterline` command for this home; stop everything that it started at the end."""

    def rosterline(*arguments: str) -> None:
        subprocess.run([COMMAND, *arguments], env=at_home(home), check=True, stdout=sys.stderr)

    try:
        yield rosterline
    finally:
        rosterline("down")


def at_home(home: Path) -> dict[str, str]:
    """The environment of a command over this home."""
    environment = os.environ | {"ROSTERLINE_HOME": str(home)}
    environment.pop("ROSTERLINE_DATABASE_URL", None)
    return environment
