"""What each row changes: outcomes, changes, and the state of every patient that is touched.

Nothing is written to the registry here. A dry run and a real import share every line of this, so
they cannot differ. Tables out, all kept in the import's file:

- `outcome(line, outcome, patient, confirmed, confirmed_items)`
- `change(patient, line, changes)`, `changes` as JSON: address to [old value, new value]
- `final_fact(patient, field, item, attribute, value, place)`, every item that has a change as it
  is after the last row (the scalars of a patient count as one item)
- `told(patient, digest, name_key)`, of the row that would change nothing after this import
- `row_notice(line, place, code, severity, message)`
- `review_pair(patient_id, other_patient_id, reason, line)`
- `identity_question(line, patient_id, person, is_applied, facts)`

Example: a patient is stored with the city Oslo; line 2 brings Rome and line 3 brings Rome again.
Then line 2 is `updated`, with the change `{"address/home/city": ["Oslo", "Rome"]}`; line 3 is
`unchanged`; and `final_fact` holds the whole home address, with Rome.
"""

from datetime import datetime

import duckdb
import polars as pl
from psycopg import Connection

from assets.matching.identity_changes import list_identity_questions
from assets.matching.keep_newer import keep_newer
from assets.matching.outcomes import find_outcomes
from assets.steps import StepFiles, run_steps
from schemas.formats import Format
from schemas.issues import KEPT_NEWER

_STEPS = StepFiles(__file__)


def decide(
    connection: duckdb.DuckDBPyConnection,
    registry: Connection,
    file_format: Format,
    later: pl.DataFrame,
    ordered_at: datetime,
) -> None:
    """Work out outcomes, changes, notices and review pairs from `brought` and `row_patient`.

    `later` are the imports of `find_later_imports`.
    """
    keep_newer(connection, registry, later, ordered_at)
    run_steps(
        connection,
        _STEPS["find_changed_facts"],
        _STEPS["list_changes"],
        _STEPS["follow_facts"],
        _STEPS["list_final_facts"],
        _STEPS["list_told"],
    )
    find_outcomes(connection, file_format)
    notices = _STEPS["write_notices"].bind(
        notices=list(file_format.notices),
        kept_newer=KEPT_NEWER,
        identity_change=file_format.identity_change,
    )
    run_steps(connection, _STEPS["find_review_pairs"], notices)
    list_identity_questions(connection, file_format)
