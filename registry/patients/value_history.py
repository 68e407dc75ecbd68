"""Each value of a patient with all values before it, at one address: pure, from `history`.

A trace follows one address (`address/home/city`) through every file and person that changed it,
and says which rows brought another value and were refused because a newer one stood there.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from registry.patients.history import Kept, Origin, Record
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
class Trace:
    """An address with its value now, None where it was cleared; steps and kept the newest first."""

    address: str
    value: str | None
    steps: list[Step]
    kept: list[Kept]


def traces_of(record: Record, kept: Sequence[Kept], field: str | None = None) -> list[Trace]:
    """The traces of a patient in the order of the declarations.

    With `field`, of one field (`first_name`), or of the addresses below a prefix (`address/home`).

    Raises:
        NotFound: there is no such field; the message lists those there are.
    """
    if field is not None and field.split("/")[0] not in _FIELDS:
        raise NotFound(f"there is no field {field!r}; fields: {', '.join(_FIELDS)}")
    now = {fact.address: fact.value for fact in record.facts}
    steps: dict[str, list[Step]] = {}
    for change in record.changes:
        for address, (old, new) in change.values.items():
            if old == new:
                continue  # a merge says what both told
            steps.setdefault(address, []).append(Step(change.origin, old, new))
    refused: dict[str, list[Kept]] = {}
    for each in kept:
        refused.setdefault(each.address, []).append(each)
    return [
        Trace(address, now.get(address), steps.get(address, []), refused.get(address, []))
        for address in _in_order(now, steps, refused)
        if field is None or address == field or address.startswith(f"{field}/")
    ]


def _in_order(*addresses: Iterable[str]) -> Iterator[str]:
    """Every address once; those that have a value keep their order within a field."""
    found = list(dict.fromkeys(each for some in addresses for each in some))
    yield from sorted(found, key=lambda address: _FIELDS.index(address.split("/")[0]))
