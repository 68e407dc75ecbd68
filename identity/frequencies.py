"""How common names, phones and e-mails are in a registry.

Two people called Smith have less in common than two called Kahananui. The frequencies are those
of the account's own patients, together with those of the model, which count as `MODEL_PATIENTS`
patients: in a registry of one patient a name is as common as everywhere.

A phone or an e-mail of many patients is a clinic's own, written to fill the field. It counts as
missing.
"""

import duckdb
import pyarrow as pa

from identity.model import Model
from identity.statements import statement

MODEL_PATIENTS = 20_000
RAREST = 1e-6
"""The frequency of a name that nobody counted."""
MOST_HOLDERS = 20
"""A phone or an e-mail that more patients have is nobody's own. A family whose members have several
records each has fewer: 15 in the generated registries of the bench."""


def count_names(
    connection: duckdb.DuckDBPyConnection, model: Model, features: str | None = None
) -> None:
    """Create `name_frequency(field, name, frequency)` from the model and from `features`.

    `features` is the whole registry, not the patients of one import.
    """
    rows = [
        (field, name, frequency)
        for field, names in model.frequencies.items()
        for name, frequency in names.items()
    ]
    columns = zip(*rows, strict=True)
    names = ("field", "name", "frequency")
    connection.register("frequencies_to_copy", pa.table(dict(zip(names, columns, strict=True))))
    counted = (
        " UNION ALL ".join(
            f"SELECT '{field}' AS field, {field} AS name, count(*) AS patients FROM {features}"
            f" WHERE {field} IS NOT NULL GROUP BY ALL"
            for field in ("first_name", "last_name")
        )
        if features
        else "SELECT '' AS field, '' AS name, 0 AS patients WHERE FALSE"
    )
    connection.execute(
        statement("count_names").format(counts=counted),
        {"model_patients": MODEL_PATIENTS, "rarest": RAREST},
    )
    connection.unregister("frequencies_to_copy")


def find_shared_contacts(
    connection: duckdb.DuckDBPyConnection, patients: str, registry: str
) -> None:
    """Create `shared_contact(patient_id, keys)`: what counts as missing of these patients.

    `patients` and `registry` are tables of features; holders are counted in the whole registry.
    """
    connection.execute(
        statement("find_shared_contacts").format(patients=patients, registry=registry),
        {"most": MOST_HOLDERS},
    )


def gather_compared(connection: duckdb.DuckDBPyConnection, left: str, right: str) -> None:
    """Write `compared`: all patients of `candidate_pair`, with how common their names are."""
    patients = statement("choose_compared").format(asked=left, candidates=right)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE compared AS {with_frequencies(f'({patients})')}"
    )


def with_frequencies(patients: str) -> str:
    """SELECT of a table of features, with how common the names are, and without shared contacts.

    It reads `name_frequency` and `shared_contact`.
    """
    return statement("add_frequencies").format(patients=patients, rarest=RAREST)
