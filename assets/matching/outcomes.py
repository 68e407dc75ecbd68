"""What became of each row, and which values it carried, in table `outcome`.

`confirmed` has a bit for every single field that the row carried, changed or not;
`confirmed_items` a hash for every item of a list. Two later questions rest on them: may an older
file overwrite this value, and does it stay when the import that brought it is undone?
"""

import duckdb

from assets.matching.brought_facts import is_constant
from assets.steps import Step, StepFiles, run_steps
from schemas.formats import Format

_STEPS = StepFiles(__file__)


def find_outcomes(connection: duckdb.DuckDBPyConnection, file_format: Format) -> None:
    """Create `outcome` from `staged`, `row_patient`, `brought` and `changed_fact`."""
    run_steps(connection, _list_confirmed_items(file_format), _STEPS["find_outcomes"])


def _list_confirmed_items(file_format: Format) -> Step:
    """Items of lists that rows of stored patients brought.

    A list that was cleared counts as an item without a key: undo asks which lists later rows
    carried.
    """
    brought = (
        "SELECT line, field::VARCHAR AS field, item FROM brought"
        " WHERE bit = 0 AND value IS NOT NULL AND NOT is_new"
    )
    cleared = [
        f"SELECT line, '{fact.field}', '' FROM staged JOIN row_patient USING (line)"
        f" WHERE NOT is_new AND list_contains(clears, '{fact.slot}')"
        for fact in file_format.facts
        if file_format.clear_marker and fact.item != "''" and not is_constant(fact.item)
    ]
    items = "\n    UNION ALL\n    ".join([brought, *cleared])
    return _STEPS["list_confirmed_items"].fill(items=items)
