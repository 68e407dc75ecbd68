"""From raw cells to canonical text, by SQL made from the format's declarations.

Tables in, all in the import's DuckDB file: `raw`. Tables out: `normalised`, one row per record,
one text column per slot, and beside it `<slot>__given` or `<slot>__rejected` where a rule looks
at those; `clears` lists the slots that the sender asked to clear.

Example: the cells ` (212) 555-0123 ` and `#N/A` of columns phone and city become the phone
`+12125550123`, no city, and `clears` = ['city'].
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from assets.staging_database import create_table
from assets.steps import Step, StepFiles, run_steps
from rosters.layout import Layout
from schemas.formats import Column, Format, Group

_STEPS = StepFiles(__file__)


@dataclass(frozen=True)
class Normaliser:
    """Writes the normalising SQL of one file.

    `defaults` fills slots that are blank (the facility of the request), slot to value.
    """

    file_format: Format
    layout: Layout
    defaults: dict[str, str]

    def columns(self) -> tuple[Column, ...]:
        """The format's columns that this file's staged table has."""
        wanted = set(self.layout.slots) | set(self.defaults)
        wanted |= {column.slot for column in self.file_format.columns if column.required}
        for group in self._groups():
            wanted |= set(group.needs)
        declared = self.file_format.columns
        partners = {c.partner for c in declared if c.partner and c.slot in self.layout.slots}
        return tuple(column for column in declared if column.slot in wanted | partners)

    def _groups(self) -> tuple[Group, ...]:
        """Groups of which the file has at least one column."""
        return tuple(
            group
            for group in self.file_format.groups
            if any(slot in self.layout.slots for slot in (*group.needs, *group.optional))
        )

    def step(self, odd: frozenset[int]) -> Step:
        """The step that makes table `normalised`.

        The columns of the file that `odd` does not name have plain cells only, which are taken as
        they stand.
        """
        return _STEPS["normalise"].fill(
            cells=",\n        ".join(self._cells(odd)),
            codes=",\n        ".join(self._codes()),
            readings=",\n        ".join(self._readings()),
            needs=",\n    ".join(self._needs()),
        )

    def _cells(self, odd: frozenset[int]) -> Iterator[str]:
        for column in self.columns():
            index = self.layout.slots.get(column.slot)
            if index is None:
                cell = "NULL::VARCHAR"
            elif index in odd:
                cell = f"{column.kind.taken_by}(c{index})"
            else:
                cell = f"nullif(c{index}, '')"
            yield f"{cell} AS {column.slot}"

    def _codes(self) -> Iterator[str]:
        codes = [c.slot for c in self.columns() if c.kind.is_code]
        read = ", ".join(f"given_code({slot}) AS {slot}" for slot in codes)
        yield f"* REPLACE ({read})" if read else "*"
        yield from (f"{slot} AS {slot}__cell" for slot in codes)

    def _readings(self) -> Iterator[str]:
        marker = self.file_format.clear_marker
        for column in self.columns():
            subjects = {rule.subject for rule in column.kind.rules}
            yield f"{self._reading(column)} AS {column.slot}"
            if "given" in subjects:
                cell = f"{column.slot}__cell" if column.kind.is_code else column.slot
                yield f"{self._unless_cleared(column, cell)} AS {column.slot}__given"
            if "rejected" in subjects:
                rejected = (column.kind.rejected or "NULL").format(cell=column.slot)
                yield f"{self._unless_cleared(column, rejected)} AS {column.slot}__rejected"
        cleared = [
            f"CASE WHEN upper({c.slot}) = '{marker}' THEN '{c.slot}' END"
            for c in self.columns()
            if marker and not c.required
        ]
        slots = f"[{', '.join(cleared)}]::VARCHAR[]"
        yield f"list_filter({slots}, LAMBDA slot: slot IS NOT NULL) AS clears"

    def _reading(self, column: Column) -> str:
        present = {c.slot for c in self.columns()}
        partner = column.partner if column.partner in present else "NULL"
        reading = column.kind.sql.format(cell=column.slot, partner=partner)
        if column.slot in self.defaults:
            return f"coalesce({reading}, '{self.defaults[column.slot]}')"
        reading = self._unless_cleared(column, reading)
        return f"coalesce({reading}, '')" if column.required else reading

    def _unless_cleared(self, column: Column, expression: str) -> str:
        marker = self.file_format.clear_marker
        if marker is None:
            return expression
        return f"CASE WHEN upper({column.slot}) <> '{marker}' THEN {expression} END"

    def _needs(self) -> Iterator[str]:
        """Marks the gaps: a blank column of a group in use becomes the empty string."""
        replaced = [
            f"CASE WHEN {slot} IS NULL AND ({self._is_in_use(group, slot)})"
            f" THEN '' ELSE {slot} END AS {slot}"
            for group in self._groups()
            if not group.usable
            for slot in group.needs
        ]
        replaced += self._ignored()
        replacing = f" REPLACE ({', '.join(replaced)})" if replaced else ""
        yield f"* EXCLUDE (line){replacing}"
        groups = {group.name: group for group in self._groups()}
        for need in self.file_format.at_least_one:
            used = [groups[name] for name in need.groups if name in groups]
            given = " OR ".join(_has_value(group, group.needs) for group in used) or "false"
            yield f"CASE WHEN {given} THEN 'given' ELSE '' END AS {need.slot}"

    def _ignored(self) -> Iterator[str]:
        """The same of groups that are ignored where nothing in them is usable."""
        present = {column.slot for column in self.columns()}
        for group in self._groups():
            if not group.usable:
                continue
            members = [slot for slot in (*group.needs, *group.optional) if slot in present]
            usable = _has_value(group, members)
            for slot in members:
                gap = "''" if slot in group.needs else "NULL"
                yield f"CASE WHEN {usable} THEN coalesce({slot}, {gap}) END AS {slot}"

    def _is_in_use(self, group: Group, slot: str) -> str:
        """SQL: a column of the group has a value, or another one than `slot` is to be cleared."""
        present = {column.slot for column in self.columns()}
        members = [other for other in (*group.needs, *group.optional) if other in present]
        in_use = f"coalesce({', '.join(members)}) IS NOT NULL"
        if self.file_format.clear_marker is None:
            return in_use
        return (
            f"{in_use} OR list_has_any(clears, {list(group.needs)})"
            f" AND NOT list_contains(clears, '{slot}')"
        )


def _has_value(group: Group, slots: Sequence[str]) -> str:
    """SQL: one of these slots of a group has a value that can make the group by itself."""
    return " OR ".join(
        f"coalesce({group.usable.get(slot, '{slot} IS NOT NULL').format(slot=slot)}, false)"
        for slot in slots
    )


def normalise(
    connection: duckdb.DuckDBPyConnection, normaliser: Normaliser, risk_levels: Sequence[str]
) -> None:
    """Make table `normalised`; `risk_levels` are those of the account, in their own spelling."""
    create_table(connection, "risk_levels", pa.table({"level": pa.array(risk_levels, pa.string())}))
    run_steps(connection, normaliser.step(_odd_columns(connection, normaliser.layout)))


def _odd_columns(connection: duckdb.DuckDBPyConnection, layout: Layout) -> frozenset[int]:
    """The columns of the file, among those that are used, with cells that are not plain."""
    used = sorted(layout.slots.values())
    asked = ", ".join(f"coalesce(bool_or(is_odd(c{i})), false)" for i in used) or "NULL"
    found = connection.execute(_STEPS["find_odd_columns"].fill(is_odd=asked).sql).fetchall()
    return frozenset(index for index, is_odd in zip(used, found[0], strict=False) if is_odd)
