"""Identifiers: UUIDv7 (RFC 9562), so that newer ids sort later and inserts stay local."""

import secrets
from datetime import datetime
from uuid import UUID

_RANDOM_BITS = 74


def new_id(now: datetime) -> UUID:
    """A fresh UUIDv7 of the instant `now`."""
    return _uuid7(now, secrets.randbits(_RANDOM_BITS))


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
