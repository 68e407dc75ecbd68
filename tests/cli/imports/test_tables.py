"""Lists of imports, rows and attempts, from records that need no database."""

import re
from dataclasses import replace

import pytest
from rich.console import Console

from cli import output
from cli.imports import tables
from registry.decisions.undo import UndoResult
from tests.cli.imports.ledger_records import AT, ID, a_finding, an_attempt, an_import, awaiting


def printed(renderable, width=200):
    console = Console(width=width, color_system=None)
    with console.capture() as captured:
        console.print(renderable)
    return captured.get()


@pytest.fixture(autouse=True)
def _wide(monkeypatch):
    monkeypatch.setattr(output.console, "width", 200)


class TestImports:
    def test_one_import_is_one_line_with_its_counts(self):
        shown = printed(tables.imports_table([a_finding()]))
        (line,) = [each for each in shown.splitlines() if "november.csv" in each]
        assert re.split(r"\s{1,}", line.strip()) == [
            "33b1138915", "11-16", "22:30", "acme", "november.csv", "completed", "1,200", "30",
            "0", "4",
        ]  # fmt: skip

    def test_the_reason_of_a_failed_import_stands_below_the_table(self):
        failed = a_finding(
            an_import(state="failed", reason="the file is empty"), an_attempt(state="failed")
        )
        *_, last = printed(tables.imports_table([failed])).rstrip().splitlines()
        assert last.split("  ") == [" 33b1138915", "the file is empty"]

    def test_an_undone_import_and_a_dry_run_are_named_as_such(self):
        undone = replace(
            a_finding(), undone=UndoResult(ID, 1, "ada (command)", AT, changed=1, removed=2, kept=0)
        )
        dry = a_finding(an_import(dry_run=True))
        assert "undone" in printed(tables.imports_table([undone]))
        assert "dry run" in printed(tables.imports_table([dry]))

    def test_a_dry_run_that_waits_waits(self):
        waiting = a_finding(an_import(dry_run=True, state="waiting"))
        assert "waiting" in printed(tables.imports_table([waiting]))

    def test_an_awaited_file_has_no_counts(self):
        shown = printed(tables.imports_table([awaiting()]))
        (line,) = [each for each in shown.splitlines() if "no file yet" in each]
        assert line.split()[-4:] == ["-"] * 4

    def test_on_a_narrow_screen_an_import_takes_two_lines(self, monkeypatch):
        monkeypatch.setattr(output.console, "width", 80)
        lines = printed(tables.imports_table([a_finding()]), width=80).splitlines()
        (upper,) = [place for place, line in enumerate(lines) if "33b1138915" in line]
        assert "acme" in lines[upper]
        assert "11-16 22:30" in lines[upper + 1]
        assert "november.csv" in lines[upper + 1]


class TestCounts:
    @pytest.mark.parametrize(
        "attempt", [None, an_attempt(records=None), an_attempt(state="failed")]
    )
    def test_they_are_unknown_until_an_attempt_is_applied(self, attempt):
        assert [cell.plain for cell in tables.counts(attempt)] == ["-"] * 4

    def test_they_are_in_the_order_of_the_headers(self):
        assert [cell.plain for cell in tables.counts(an_attempt())] == ["1,200", "30", "0", "4"]


def test_attempts_are_listed_with_their_state():
    shown = printed(tables.attempts_table([an_attempt(), an_attempt(number=2, state="open")]))
    assert [line.split()[0] for line in shown.splitlines() if "2026-11-16" in line] == ["1", "2"]
    assert "open" in shown


def test_a_row_has_all_its_messages_and_a_dash_without_a_patient():
    rows = [
        {"line": 2, "outcome": "created", "patient_id": ID, "messages": []},
        {"line": 3, "outcome": "errored", "patient_id": None, "messages": ["no name", "no date"]},
    ]
    shown = printed(tables.rows_table(rows))
    assert str(ID) in shown
    (third,) = [line for line in shown.splitlines() if "errored" in line]
    assert third.split() == ["3", "errored", "-", "no", "name"]
    assert "no date" in shown
