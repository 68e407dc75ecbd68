"""The row that an API call writes to update one patient, whom it names by our id.

Its columns, kinds and messages are those of the format `metriport`. Nobody sends such a file: no
account may have the format, and no list shows it.
"""

from dataclasses import replace

from schemas.formats import Column, PatientMatch
from schemas.kinds import Kind
from schemas.metriport import FORMAT

PATIENT = Column(
    "named_patient",
    "patient",
    Kind("patient", "lower({cell})", "the id (UUID) of a patient of the account", ""),
    required=True,
    in_template=False,
)
REPLACES = Column(
    "replaces",
    "replaces",
    Kind("fields", "{cell}", "address, contact, identifier; separated by a space", ""),
    in_template=False,
)

UPDATE = replace(
    FORMAT,
    name="metriport-update",
    title="An update of a patient over the HTTP API",
    columns=(PATIENT, REPLACES, *FORMAT.columns),
    match=(PatientMatch(PATIENT.slot),),
    max_rows=1,
    replaces=REPLACES.slot,
)

__all__ = ["PATIENT", "REPLACES", "UPDATE"]
