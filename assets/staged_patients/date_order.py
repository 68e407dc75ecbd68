"""Dates of a whole column: where the day comes first, those that could be both are left unread.

Tables in: `raw`, `normalised`. Changes `normalised`: such dates stand there as they were given, so
that the rule of `schemas/date_order.py` finds them. Files whose dates were all understood, which
are nearly all, cost one look at the dates' columns.
"""

import duckdb

from assets.staged_patients.normalise import Normaliser
from assets.steps import StepFiles, run_steps
from schemas.date_order import CODE, DAY_FIRST, EITHER_FIRST, MONTH_FIRST

_STEPS = StepFiles(__file__)


def leave_unclear_dates(connection: duckdb.DuckDBPyConnection, normaliser: Normaliser) -> None:
    """Put back the dates whose order their column leaves open."""
    slots = normaliser.layout.slots
    dated = [
        (column.slot, slots[column.slot])
        for column in normaliser.columns()
        if column.slot in slots and any(rule.code == CODE for rule in column.kind.rules)
    ]
    asked = ", ".join(f"bool_or(regexp_matches({slot}, '{DAY_FIRST}'))" for slot, _ in dated)
    if not asked:
        return
    (found,) = connection.execute(f"SELECT {asked} FROM normalised").fetchall()
    for (slot, index), has_day_first in zip(dated, found, strict=True):
        if has_day_first:
            step = _STEPS["leave_unclear_dates"].fill(slot=slot, cell=f"given(raw.c{index})")
            run_steps(connection, step.bind(month_first=MONTH_FIRST, either_first=EITHER_FIRST))
