"""A sender with an account: sends files through all stages and reads the stored patients."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from psycopg import Connection

from registry.accounts.accounts import Account
from registry.settings import Settings
from schemas.canonical import PARTS, SCALARS
from tests.importing import Imported, process, put
from tests.schemas.tables import Row, as_csv, records

RECEIVED_AT = datetime(2026, 11, 21, 15, tzinfo=UTC)
_PARTS = {
    f"{part.name}/{name}": (part, name)
    for part in PARTS
    for name in part.attributes
}  # fmt: skip


@dataclass
class Clinic:
    """An account and the folder it sends from; each file is received a minute after the last."""

    account: Account
    settings: Settings
    connection: Connection
    folder: Path
    sent: int = field(default=0)

    def sends(
        self,
        roster: str | bytes,
        *,
        at: datetime | None = None,
        dry_run: bool = False,
        facility: UUID | None = None,
    ) -> Imported:
        """Send a table (text that starts with a line break) or a file."""
        is_table = isinstance(roster, str) and roster.startswith("\n")
        content = as_csv(str(roster)) if is_table else roster
        self.sent += 1
        imported = put(
            self.settings,
            self.connection,
            self.account,
            content,
            folder=self.folder,
            received_at=at or RECEIVED_AT.replace(minute=self.sent),
            dry_run=dry_run,
            facility=facility,
        )
        return process(self.settings, self.connection, imported)

    def holds(self, expected: str) -> tuple[list[Row], list[Row]]:
        """The stored patients in order of creation, and the table of what they should be.

        A heading names a scalar (`last_name`), an attribute of a part (`flag/name`, all items with
        a plus between them), or that of one item (`contact/phone/home/value`).
        """
        wanted = records(expected)
        headings = list(wanted[0])
        patients = [
            {heading: self._value(patient, heading) for heading in headings}
            for patient in self._patients()
        ]
        return patients, wanted

    def count(self) -> int:
        return len(self._patients())

    def _patients(self) -> list[UUID]:
        found = self.connection.execute(
            "SELECT id FROM patient WHERE account_id = %s ORDER BY id", (self.account.id,)
        )
        return [row[0] for row in found.fetchall()]

    def _value(self, patient: UUID, heading: str) -> str:
        if heading in {scalar.name for scalar in SCALARS}:
            query = f"SELECT {heading}::text FROM patient WHERE id = %s"
            rows = self.connection.execute(query.encode(), (patient,)).fetchall()
        else:
            part, _, rest = heading.partition("/")
            item, _, attribute = rest.rpartition("/")
            query = (
                f"SELECT {attribute}::text FROM patient_{part} WHERE patient_id = %s"
                " AND (item = %s OR %s = '') ORDER BY sequence"
            )
            rows = self.connection.execute(query.encode(), (patient, item, item)).fetchall()
        return " + ".join(value for (value,) in rows if value is not None)

    def reviews(self) -> list[tuple[str, int]]:
        """(reason, line) of the pairs that wait for a person."""
        found = self.connection.execute(
            "SELECT reason, line FROM review WHERE account_id = %s ORDER BY import_id, line",
            (self.account.id,),
        )
        return found.fetchall()


def found_and_expected(imported: Imported, expected: str) -> tuple[list[Row], list[Row]]:
    """The result of each row, and the expected results from a table.

    The table's headings are of `line`, `outcome`, `says` (all messages) and `codes`.
    """
    wanted = records(expected)
    found = [
        {
            "line": str(row["line"]),
            "outcome": str(row["outcome"]),
            "says": "; ".join(imported.messages(int(str(row["line"])))),
            "codes": " ".join(imported.codes(int(str(row["line"])))),
        }
        for row in imported.rows
    ]
    return [{name: row[name] for name in wanted[0]} for row in found], wanted
