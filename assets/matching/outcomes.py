"""What became of each row, and which values it carried, in table `outcome`.

`confirmed` has a bit for every single field that the row carried: changed or not, let through or
not, cleared where there was nothing to clear. `confirmed_items` has a hash for every item of a
list that a row of a stored patient carried, and for every list that was cleared. Two later
questions rest on them: may an older file overwrite this value, and does it stay when the import
that brought it is undone? `refused_value(patient, refused)` has, as JSON, what a newer file kept
out and what differs from the value that is there: undo of the newer file brings it back.
"""

import duckdb

from assets.matching.brought_facts import is_constant
from assets.steps import Step, StepFiles, run_steps
from schemas.canonical import CONFIRMED_BITS
from schemas.formats import Format

_STEPS = StepFiles(__file__)
_CLEARS = "SELECT line, unnest(clears) AS slot FROM staged SEMI JOIN row_patient USING (line)"


def find_outcomes(connection: duckdb.DuckDBPyConnection, file_format: Format) -> None:
    """Create `outcome` and `refused_value`.

    From `staged`, `row_patient`, `brought`, `told_again`, `outdated_value` and `changed_fact`.
    """
    run_steps(
        connection,
        _list_confirmed_items(file_format),
        _list_carried_bits(file_format),
        _STEPS["find_outcomes"],
        _STEPS["find_refused_values"],
    )


def _list_carried_bits(file_format: Format) -> Step:
    bits = [
        f"('{fact.slot}', {1 << CONFIRMED_BITS[address]}::BIGINT)"
        for fact in file_format.facts
        if is_constant(fact.item)
        and (address := (fact.field, fact.item.strip("'"), fact.attribute)) in CONFIRMED_BITS
    ]
    return _STEPS["list_carried_bits"].fill(
        clears=f"({_CLEARS})", slot_bits=f"(VALUES {', '.join(bits)})"
    )


def _list_confirmed_items(file_format: Format) -> Step:
    """Items of lists that rows of stored patients brought, or that a newer file kept out.

    A list that was cleared counts as an item without a key: undo asks which lists later rows
    carried. What rows of new patients brought is in `change`, and costs nothing here.
    """
    items = (
        "SELECT line, field::VARCHAR AS field, item FROM brought"
        " WHERE bit = 0 AND value IS NOT NULL AND NOT is_new"
        " UNION ALL SELECT line, field::VARCHAR, item FROM outdated_value"
        " WHERE bit = 0 AND value IS NOT NULL"
    )
    lists = {
        fact.slot: fact.field
        for fact in file_format.facts
        if file_format.clear_marker and fact.item != "''" and not is_constant(fact.item)
    }
    if lists:
        named = ", ".join(f"('{slot}', '{field}')" for slot, field in lists.items())
        items += (
            f" UNION ALL SELECT line, field, '' FROM ({_CLEARS}) AS cleared"
            f" JOIN (VALUES {named}) AS list (slot, field) USING (slot)"
        )
    return _STEPS["list_confirmed_items"].fill(items=items)
