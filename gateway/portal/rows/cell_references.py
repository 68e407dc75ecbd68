"""The cell that an issue is about: its name in a spreadsheet, its value, and what it may hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rosters.cells import cell_name
from rosters.layout import Layout
from schemas.formats import Column, Format


@dataclass(frozen=True)
class Cells:
    """The columns of one file; `layout` is None where neither ledger nor archive has it."""

    file_format: Format
    layout: Layout | None

    def index_of(self, issue: Mapping[str, Any]) -> int | None:
        """The index of the issue's column in the file; None where it is not known."""
        if self.layout is None:
            return None
        return self.layout.index_of(issue["slot"], issue["column_name"])

    def name_of(self, issue: Mapping[str, Any]) -> str:
        """The issue's cell, such as `B7`; the empty string where its column is not known.

        In a workbook it is `Patients!B7`, with the sheet's name.
        """
        index = self.index_of(issue)
        if index is None or self.layout is None:
            return ""
        return cell_name(index, issue["line"], self.layout.sheet)

    def declared(self, issue: Mapping[str, Any]) -> Column | None:
        """The format's declaration of the issue's column; None where there is none."""
        columns = self.file_format.columns
        return next((column for column in columns if column.slot == issue["slot"]), None)
