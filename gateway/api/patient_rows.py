"""A patient of a call as the file that it becomes: a header and one row of format `metriport`."""

import csv
import io
from collections.abc import Iterator
from http import HTTPStatus
from uuid import UUID

from gateway.api.models.new_patients import MOST, NewIdentifier, NewPatient
from gateway.api.problems import Refused
from schemas.metriport import FORMAT
from schemas.metriport.update import PATIENT, REPLACES

Cells = Iterator[tuple[str, str]]
"""Pairs of a slot of the format and its cell."""

_HEADERS = {column.slot: column.header for column in (PATIENT, REPLACES, *FORMAT.columns)}


def row_of(patient: NewPatient, *, updates: UUID | None = None) -> bytes:
    """The file that creates the patient; with `updates`, that changes the patient of this id.

    An update states all addresses; contacts and identifiers only where they are given, so that one
    who leaves them out keeps them.

    Raises:
        Refused: there are more addresses, contacts or identifiers than a row can have.
    """
    cells = [*_target(patient, updates), *_person(patient), *_lists(patient)]
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow([_HEADERS[slot] for slot, _ in cells])
    writer.writerow([cell for _, cell in cells])
    return file.getvalue().encode()


def _target(patient: NewPatient, updates: UUID | None) -> Cells:
    if updates is None:
        return
    yield PATIENT.slot, str(updates)
    stated = {
        "address": True,
        "contact": patient.contact is not None,
        "identifier": patient.personal_identifiers is not None,
    }
    yield REPLACES.slot, " ".join(field for field, is_stated in stated.items() if is_stated)


def _person(patient: NewPatient) -> Cells:
    yield "external_id", patient.external_id or ""
    yield "first_name", patient.first_name
    yield "last_name", patient.last_name
    yield "birth_date", patient.dob
    yield "gender", patient.gender_at_birth
    ssn = _only(patient, "ssn")
    license_ = _only(patient, "driversLicense")
    yield "ssn", ssn.value if ssn else ""
    yield "license_number", license_.value if license_ else ""
    yield "license_state", (license_.state or "") if license_ else ""
    is_out = patient.hie_opt_out
    yield "hie_opt_out", "" if is_out is None else str(is_out).lower()


def _lists(patient: NewPatient) -> Cells:
    _require_few("address", len(patient.addresses))
    _require_few("contact", len(patient.contacts))
    for number, address in enumerate(patient.addresses, 1):
        yield f"line1_{number}", address.address_line1
        yield f"line2_{number}", address.address_line2 or ""
        yield f"city_{number}", address.city
        yield f"state_{number}", address.state
        yield f"zip_{number}", address.zip
    for number, contact in enumerate(patient.contacts, 1):
        yield f"phone_{number}", contact.phone or ""
        yield f"email_{number}", contact.email or ""
    for number, cohort in enumerate(patient.cohorts or (), 1):
        yield f"cohort_{number}", str(cohort)


def _only(patient: NewPatient, kind: str) -> NewIdentifier | None:
    found = [each for each in patient.personal_identifiers or () if each.type == kind]
    if len(found) > 1:
        raise Refused(
            HTTPStatus.BAD_REQUEST, f"personalIdentifiers: at most one of type {kind} in a call"
        )
    return found[0] if found else None


def _require_few(name: str, count: int) -> None:
    if count > MOST:
        raise Refused(HTTPStatus.BAD_REQUEST, f"{name}: at most {MOST} in a call")
