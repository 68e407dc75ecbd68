"""One check of the doctor: what was found, and what to do about it."""

from dataclasses import asdict, dataclass
from typing import Literal

Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Check:
    """The result of one check; `todo` says what to do unless it is ok."""

    name: str
    level: Level
    found: str
    todo: str = ""

    def as_json(self) -> dict[str, str]:
        """The check as scripts get it."""
        return asdict(self)
