"""SQL statements of this package, in files: `sql/<name>.sql`, one statement each."""

from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "sql"


@cache
def statement(name: str) -> str:
    """The text of `sql/<name>.sql`."""
    return (_FOLDER / f"{name}.sql").read_text(encoding="utf-8").strip().removesuffix(";")
