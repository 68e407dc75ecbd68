"""The patients of a pair as a list shows them: also those who are not in the registry any more."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from registry.database.statements import Statements
from registry.decisions.survivorship import SHOWN_ONCE

_SQL = Statements(__file__)
_ITEMS = [address.split("/")[1] for address in SHOWN_ONCE]


@dataclass(frozen=True)
class PatientSummary:
    """A patient as a list shows them; identifiers are (system, value).

    Where `is_there` is false the patient left the registry, and the last known values are shown.
    """

    id: UUID
    is_there: bool
    first_name: str
    last_name: str
    birth: str
    gender: str
    identifiers: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()


def read_summaries(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, PatientSummary]:
    """A summary of each patient by id; an empty one where nothing is known of the id."""
    about = {"patients": list(ids), "items": _ITEMS}
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_SQL["summarise_patients"], about).fetchall()
    found = {row["id"]: _summary(row) for row in rows}
    gone = [patient_id for patient_id in ids if patient_id not in found]
    changes: dict[UUID, Any] = {}
    if gone:
        changes = dict(connection.execute(_SQL["read_last_decisions"], {"patients": gone}))
    return found | {
        patient_id: summary_before(patient_id, changes.get(patient_id, {})) for patient_id in gone
    }


def summary_before(patient_id: UUID, changes: dict[str, list[str | None]]) -> PatientSummary:
    """A patient who left the registry, from the old values of the change that removed them."""
    before = {address: old for address, (old, _) in changes.items() if old is not None}
    held = [(item, before.get(address)) for item, address in zip(_ITEMS, SHOWN_ONCE, strict=True)]
    return PatientSummary(
        id=patient_id,
        is_there=False,
        first_name=before.get("first_name", ""),
        last_name=before.get("last_name", ""),
        birth=before.get("birth_date", before.get("birth_year", "")),
        gender=before.get("gender", ""),
        identifiers=_as_pairs((item, value) for item, value in held if value is not None),
    )


def _summary(row: dict[str, Any]) -> PatientSummary:
    return PatientSummary(**row | {"identifiers": _as_pairs(row["identifiers"])}, is_there=True)


def _as_pairs(identifiers: Iterable[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((item, value) for item, value in identifiers)
