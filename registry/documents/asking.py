"""Documents of one patient that an API caller asks for, and lists.

A query belongs to an import (docs/decisions/008-document-queries.md). One that a caller starts is a
query of the patient's that begins anew, or else one of the last import that had the patient in it.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from psycopg import Connection

from registry.accounts.accounts import Account
from registry.database.statements import Statements
from registry.documents.progress import DocumentQuery, latest_queries
from registry.patients.patients import read_patient
from schemas.catalogue import ALL_FORMATS
from schemas.errors import NotAllowed

_SQL = Statements(__file__)


def start_query(connection: Connection, account: Account, patient_id: UUID) -> DocumentQuery:
    """Have the documents of a patient asked for; the caller commits.

    A query that is under way goes on, and no second one begins.

    Raises:
        NotFound: the account has no such patient.
        NotAllowed: the patient opted out, or no import had the patient in it that is over.
    """
    patient = read_patient(connection, account.id, patient_id)
    if patient.hie_opt_out:
        raise NotAllowed("the patient opted out of document queries")
    last = latest_queries(connection, [patient.id]).get(patient.id)
    if last is not None and last.state == "processing":
        return last
    formats = [name for name, each in ALL_FORMATS.items() if each.queries_documents]
    about = {"account": account.id, "patient": patient.id, "formats": formats}
    row = connection.execute(_SQL["start_query"], about).fetchone()
    if row is None:
        raise NotAllowed(
            "no import that is over, and whose format asks for documents, has the patient"
        )
    connection.execute(_SQL["reopen_plan"], {"account": account.id, "import_id": row[0]})
    return latest_queries(connection, [patient.id])[patient.id]


def documents_of(connection: Connection, patient_id: UUID) -> list[dict[str, Any]]:
    """The documents that the last completed query of a patient found, as references of FHIR R4."""
    row = connection.execute(
        "SELECT documents FROM document_query WHERE patient_id = %s AND documents IS NOT NULL"
        " ORDER BY planned_at DESC LIMIT 1",
        (patient_id,),
    ).fetchone()
    return list(row[0]) if row else []


def chosen_documents(
    documents: list[dict[str, Any]],
    first: date | None = None,
    last: date | None = None,
    content: str | None = None,
) -> Iterator[dict[str, Any]]:
    """Those of these days that have `content` somewhere in them, in any case."""
    for each in documents:
        day = str(each.get("date", ""))[:10]
        if first is not None and day < first.isoformat():
            continue
        if last is not None and (not day or day > last.isoformat()):
            continue
        if content is None or any(content.lower() in text.lower() for text in _texts(each)):
            yield each


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    else:
        yield str(value)
