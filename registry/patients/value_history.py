"""Each value of a patient with all values before it at its address: pure, from a `Record`.

A value history follows one address (`address/home/city`) through every file and person that changed
it. It also holds the rows that brought another value and were refused, because the value at that
address was newer.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from registry.patients.record import Origin, Record, RefusedValue
from schemas.canonical import PARTS, SCALARS
from schemas.errors import NotFound

_FIELDS = (*(scalar.name for scalar in SCALARS), *(part.name for part in PARTS))


@dataclass(frozen=True)
class Step:
    """One change at an address; `new` None means that it was cleared."""

    origin: Origin
    old: str | None
    new: str | None


@dataclass(frozen=True)
class ValueHistory:
    """An address with its value now, None where it was cleared.

    `steps` and `refused` come the newest first.
    """

    address: str
    value: str | None
    steps: list[Step]
    refused: list[RefusedValue]


def value_histories(
    record: Record, refused: Sequence[RefusedValue], field: str | None = None
) -> list[ValueHistory]:
    """The histories of a patient's values in the order of the declarations.

    With `field`, those of one field (`first_name`), or of the addresses below a prefix
    (`address/home`).

        changes   day 3: language en → es        language, now es:  en → es   day 3
                  day 1: language None → en                         None → en day 1

    Raises:
        NotFound: there is no such field; the message lists the fields.
    """
    if field is not None and field.split("/")[0] not in _FIELDS:
        raise NotFound(f"there is no field {field!r}; fields: {', '.join(_FIELDS)}")
    now = {fact.address: fact.value for fact in record.facts}
    steps = _steps_by_address(record)
    refused_at: dict[str, list[RefusedValue]] = {}
    for each in refused:
        refused_at.setdefault(each.address, []).append(each)
    return [
        ValueHistory(address, now.get(address), steps.get(address, []), refused_at.get(address, []))
        for address in _in_order(now, steps, refused_at)
        if field is None or address == field or address.startswith(f"{field}/")
    ]


def _steps_by_address(record: Record) -> dict[str, list[Step]]:
    steps: dict[str, list[Step]] = {}
    for change in record.changes:
        for address, (old, new) in change.values.items():
            # A merge also lists the values that both patients had: old and new are the same.
            if old != new:
                steps.setdefault(address, []).append(Step(change.origin, old, new))
    return steps


def _in_order(*addresses: Iterable[str]) -> Iterator[str]:
    """Every address once, by field; within a field the addresses with a value keep their order."""
    found = list(dict.fromkeys(each for some in addresses for each in some))
    yield from sorted(found, key=lambda address: _FIELDS.index(address.split("/")[0]))
