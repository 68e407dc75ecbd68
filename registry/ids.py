"""Identifiers: UUIDv7 (RFC 9562), so that newer ids sort later and inserts stay local."""

import hashlib
import secrets
from datetime import datetime
from uuid import UUID

_RANDOM_BITS = 74


def new_id(now: datetime) -> UUID:
    """A fresh UUIDv7 of the instant `now`."""
    return _uuid7(now, secrets.randbits(_RANDOM_BITS))


def member_id(received_at: datetime, parent: UUID, number: int, place: str) -> UUID:
    """The UUIDv7 of a member of an archive, the same one each time; ids follow `number`.

    Args:
        received_at: when the archive was.
        parent: the import of the archive.
        number: which of its members it is, from 0, less than 4,096.
        place: where it stands there.
    """
    digest = hashlib.sha256(f"{parent} {place}".encode()).digest()
    return _uuid7(received_at, number << 62 | int.from_bytes(digest) & ((1 << 62) - 1))


def first_id(instant: datetime) -> UUID:
    """The lowest of all ids of an instant: later things have higher ones."""
    return _uuid7(instant, 0)


def _uuid7(instant: datetime, random: int) -> UUID:
    milliseconds = int(instant.timestamp() * 1000)
    high, low = random >> 62, random & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)


def first_id_at(instant: datetime) -> UUID:
    """The lowest id of this instant: ids that were made before it sort before it, others do not."""
    return UUID(int=int(instant.timestamp() * 1000) << 80)


def patient_id_prefix(received_at: datetime) -> str:
    """The first 13 characters of the ids of patients that an import creates, dashes included.

    SQL makes the rest (macro `patient_id`) from line and import id, so that an import that was
    killed and repeated gives each patient the same id again.
    """
    return str(_uuid7(received_at, 0))[:13]
