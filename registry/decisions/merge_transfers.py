"""What follows a merged patient: open pairs, aliases, document queries; and how they come back.

An open pair that names the merged patient becomes `moved`. The queue asks about the surviving
patient instead, unless it did so before. A split reopens what its merge moved:

    open pairs           after C was merged into B     after the split
    (A, C), (B, C)       (A, B)                        (A, C)
"""

from uuid import UUID

from psycopg import Connection

from registry.database.statements import Statements
from registry.decisions.decision import Decision

_SQL = Statements(__file__)


def move_pairs(connection: Connection, merge: Decision) -> None:
    """Ask about the surviving patient in the open pairs of the merged one from now on."""
    about = _about(merge)
    connection.execute(_SQL["ask_about_surviving_patient"], about)
    connection.execute(_SQL["mark_pairs_moved"], about)


def bring_pairs_back(connection: Connection, merge_id: UUID) -> None:
    """Ask about the patient who came back again; call it once that patient is there."""
    about = {"merge": merge_id}
    connection.execute("DELETE FROM review WHERE asked_by = %(merge)s AND state = 'open'", about)
    connection.execute(_SQL["reopen_moved_pairs"], about)
    connection.execute(_SQL["leave_pairs_to_later_merge"], about)


def transfer_aliases(connection: Connection, merge: Decision) -> None:
    """Let the aliases of the merged patient lead to the surviving one.

    What a row does to a patient depends on the patient's aliases, so one who gets some has been
    told nothing yet.
    """
    about = _about(merge)
    connection.execute(
        "UPDATE patient_alias SET patient_id = %(survives)s WHERE patient_id = %(merged)s", about
    )
    connection.execute("UPDATE patient SET told = NULL WHERE id = %(survives)s", about)


def insert_alias(connection: Connection, merge: Decision, address: str, value: str) -> None:
    """Store an identifier that is not shown and leads to the surviving patient."""
    item = address.split("/")[1]
    connection.execute(_SQL["insert_alias"], {**_about(merge), "item": item, "value": value})


def return_aliases(connection: Connection, split: Decision, merge_id: UUID) -> None:
    """Delete the aliases that a merge made, and return those that it transferred."""
    connection.execute("DELETE FROM patient_alias WHERE decision_id = %(id)s", {"id": merge_id})
    connection.execute(_SQL["return_aliases"], _about(split))


def transfer_document_queries(connection: Connection, merge: Decision) -> None:
    """Let document queries that wait for the merged patient ask about the surviving one.

    Where an import has a query about each of the two, one is enough; the other ends by itself.
    """
    connection.execute(_SQL["transfer_document_queries"], _about(merge))


def _about(decision: Decision) -> dict[str, object]:
    return {
        "decision": decision.id,
        "account": decision.account_id,
        "survives": decision.patient_id,
        "merged": decision.other_patient_id,
    }
