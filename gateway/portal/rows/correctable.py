"""The failed rows of an import as a person corrects them: which cells are fields of the form."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from psycopg import Connection

from gateway.portal.rows.columns import Columns, columns_of
from gateway.portal.rows.grid import GridCell, GridRow, grid_rows
from gateway.portal.rows.ledger_rows import cells_of
from registry.ledger.import_pages import ImportLine
from registry.ledger.kept_rows import KeptRow, Wanted, find_kept
from registry.settings import Settings
from rosters.layout import Layout
from rosters.mends import MENDS, Mend
from schemas.formats import Format

MOST_ROWS = 200
"""Nobody corrects more by hand; the file of failed rows has all of them."""

FEWEST_CELLS = 2
"""So many cells must share a fault before a mend is offered for it, unless only one row failed."""
EXAMPLES = 3

MOST_FIELDS = 800
MOST_BYTES = 32 * 1024
"""What a form may hold: `MAX_BODY_BYTES` of the door, and the fields that its parser reads."""


@dataclass(frozen=True)
class RowToCorrect:
    """A failed row; `fields` are the cells at fault, `others` those that are shown beside them."""

    row: GridRow
    fields: list[GridCell]
    others: list[GridCell]

    def name_of(self, cell: GridCell) -> str:
        """The name of a cell's field in the form: `cell-7-2` for the third column on line 7."""
        return field_name(self.row.line, cell.index)


@dataclass(frozen=True)
class Offer:
    """A mend that the stages found to help several cells, or the only failed row.

    `texts` are what it would make of fields, by their names; `examples` are (before, after).
    """

    mend: Mend
    texts: dict[str, str]
    examples: list[tuple[str, str]]


@dataclass(frozen=True)
class Correctable:
    """Rows to correct, and rows that go into the further file as they are.

    `left` rows failed as well and did not fit into the form.
    """

    file_format: Format
    layout: Layout
    rows: list[RowToCorrect]
    kept: Sequence[KeptRow]
    left: int

    @cached_property
    def fields(self) -> frozenset[str]:
        """The names of all fields."""
        return frozenset(each.name_of(cell) for each in self.rows for cell in each.fields)

    @cached_property
    def offers(self) -> list[Offer]:
        """The mends that are offered, those that help most cells first."""
        before = {each.name_of(cell): cell.text for each in self.rows for cell in each.fields}
        offers = [self._offer(mend, before) for mend in MENDS]
        wanted = [each for each in offers if len(each.texts) >= min(FEWEST_CELLS, len(self.rows))]
        return sorted((each for each in wanted if each.texts), key=lambda each: -len(each.texts))

    def _offer(self, mend: Mend, before: Mapping[str, str]) -> Offer:
        texts = {
            name: mended.text
            for row in self.kept
            for mended in row.mends
            if mended.mend == mend.name and (name := field_name(row.line, mended.column)) in before
        }
        examples = dict.fromkeys((before[name], text) for name, text in texts.items())
        return Offer(mend, texts, list(examples)[:EXAMPLES])

    def surplus_of(self, row: RowToCorrect) -> tuple[str, ...]:
        """The cells of a row beyond the last column, but for blank ones; the further file has none.

        They are why the row failed, and a person sees them to put them where they belong.
        """
        cells = next(each.surplus for each in self.kept if each.line == row.row.line)
        return tuple(text.strip() for text in cells if text.strip())

    def corrected(self, typed: Mapping[str, str]) -> Iterator[dict[int, str]]:
        """Each row's cells by the index of their column, with what was typed.

        Cells beyond the last column are left out; `surplus_of` shows them.
        """
        for row in self.kept:
            names = {index: field_name(row.line, index) for index in range(self.layout.width)}
            yield row.cells | {
                index: typed[name].replace("\r\n", "\n")
                for index, name in names.items()
                if name in typed
            }


def field_name(line: int, index: int) -> str:
    """The name of the field of a cell."""
    return f"cell-{line}-{index}"


def read_correctable(
    connection: Connection, settings: Settings, line: ImportLine, sha256: str, *, whole: bool
) -> Correctable | None:
    """The rows of an import to correct; None where its cells are not kept any more.

    With `whole`, rows that did not fail go into the further file too; such a file is small, because
    it was made on this page.

    Raises:
        OSError, PolarsError: the kept rows are damaged.
    """
    kept = find_kept(settings, line.partition_key, line.attempt) if line.attempt else None
    cells = cells_of(connection, settings, line, sha256)
    if kept is None or cells.layout is None:
        return None
    failed = kept.page(Wanted(kind="errored"), MOST_ROWS)
    columns = columns_of(cells.file_format, cells.layout, range(cells.layout.width))
    fitting = list(_fitting(grid_rows(connection, line, cells, columns, failed), failed, columns))
    lines = {each.row.line for each in fitting}
    rows = kept.page(Wanted(), line.records or 0) if whole else failed
    return Correctable(
        cells.file_format,
        cells.layout,
        fitting,
        [row for row in rows if row.line in lines or row.outcome != "errored"],
        (line.errored or 0) - len(fitting),
    )


def _fitting(rows: list[GridRow], kept: list[KeptRow], columns: Columns) -> Iterator[RowToCorrect]:
    fields = size = 0
    for row, own in zip(rows, kept, strict=True):
        made = _to_correct(row, own, columns)
        fields += len(made.fields)
        size += sum(len(cell.text.encode()) + 40 for cell in made.fields)
        if fields > MOST_FIELDS or size > MOST_BYTES:
            return
        yield made


def _to_correct(row: GridRow, kept: KeptRow, columns: Columns) -> RowToCorrect:
    """The cells at fault are fields; where no cell is, any may be: then all are but masked ones."""
    at_fault = [cell for cell in row.cells if cell.severity in ("error", "warning")]
    if not any(cell.severity == "error" for cell in at_fault):
        at_fault = [cell for cell in row.cells if not columns.is_masked(cell.index)]
    others = [cell for cell in row.cells if cell not in at_fault and cell.text]
    # A masked text must not come back as a value.
    fields = [
        GridCell(cell.index, cell.label, kept.cells.get(cell.index, ""), issues=cell.issues)
        for cell in at_fault
    ]
    return RowToCorrect(row, fields, others)
