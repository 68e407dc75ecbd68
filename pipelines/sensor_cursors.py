"""What sensors remember from tick to tick, with times of a clock that nobody can set."""

from collections.abc import Mapping

from registry.landing.observations import pack, unpack


def read_times(cursor: str | None) -> dict[str, float]:
    """When each import was first seen without a run, by name; empty after a reboot."""
    return dict(unpack(cursor))


def write_times(times: Mapping[str, float]) -> str:
    """The cursor that `read_times` reads."""
    return pack(dict(times))
