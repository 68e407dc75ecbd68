"""One import in full, from records that need no database."""

from dataclasses import replace

import pytest
from rich.console import Console

from cli.imports import receipt
from registry.decisions.undo import UndoResult
from registry.documents.progress import Progress
from registry.ledger.results import IssueCount
from tests.cli.imports.ledger_records import AT, ID, a_finding, an_attempt, an_import, awaiting


def printed(renderable):
    console = Console(width=200, color_system=None)
    with console.capture() as captured:
        console.print(renderable)
    return captured.get()


def documents(**changes):
    counts = dict.fromkeys(
        ("total", "processing", "completed", "failed", "not_configured", "opted_out", "found"), 0
    )
    return Progress(**{"import_id": ID, "state": "started", "due_at": AT, "fault": None,
                       **counts, **changes})  # fmt: skip


def test_the_head_names_file_account_state_and_seconds():
    shown = printed(receipt.receipt(a_finding(seconds={"landed_files": 1.25, "patients": 2.0})))
    assert "november.csv  acme  completed in 3.2 s" in shown
    assert "landed_files 1.2 · patients 2.0" in shown


def test_rows_are_counted_by_outcome():
    shown = printed(receipt.receipt(a_finding()))
    assert "1,234 rows:  1,200 created  30 updated  0 unchanged  4 errored" in shown
    one = an_attempt(records=1, created=1, updated=0, unchanged=0, errored=0)
    assert "1 row:" in printed(receipt.receipt(a_finding(attempt=one)))


def test_a_dry_run_and_an_undo_are_said():
    dry = printed(receipt.receipt(a_finding(an_import(dry_run=True))))
    assert "dry run, nothing was kept" in dry
    undone = replace(
        a_finding(), undone=UndoResult(ID, 1, "ada (command)", AT, changed=1, removed=2, kept=0)
    )
    assert "undone by ada (command), 2026-11-16 22:30 UTC" in printed(receipt.receipt(undone))


def test_the_reason_of_a_failed_file_is_shown():
    failed = a_finding(an_import(state="failed", reason="the file is empty"))
    assert "the file is empty" in printed(receipt.receipt(failed))


def test_failed_rows_are_named_only_if_there_are_any(tmp_path):
    paths = {"result": tmp_path / "result.csv", "failed_rows": tmp_path / "failed.csv"}
    assert "failed.csv" in printed(receipt.receipt(a_finding(**paths)))
    shown = printed(receipt.receipt(a_finding(attempt=an_attempt(errored=0), **paths)))
    assert "failed.csv" not in shown
    assert "result.csv" in shown


def test_of_many_kinds_of_issue_the_first_are_shown_and_the_rest_counted():
    issues = [
        IssueCount(f"code_{number}", "error", 1, number, "what is wrong")
        for number in range(receipt.SHOWN_ISSUES + 3)
    ]
    shown = printed(receipt.issues_table(issues))
    assert "code_0 " in shown
    assert f"code_{receipt.SHOWN_ISSUES} " not in shown
    assert "and 3 more kinds of issue" in shown
    assert "file" in shown, "line 0 is the file as a whole"


class TestDocuments:
    @pytest.mark.parametrize("of", [None, documents()])
    def test_an_import_without_queries_has_no_line(self, of):
        assert "documents" not in printed(receipt.receipt(a_finding(documents=of)))

    @pytest.mark.parametrize(
        ("of", "expected"),
        [
            (documents(state="wanted"), "wanted; the daemon starts the queries"),
            (
                documents(total=3, not_configured=3),
                "3 not configured: set ROSTERLINE_FHIR_BASE_URL",
            ),
            (
                documents(total=6, completed=3, failed=2, opted_out=1, found=7),
                "7 found, 3 completed, 2 failed, 1 opted out",
            ),
            (
                documents(total=1, processing=1, fault="answers 503"),
                "0 found, 1 processing; answers 503: paused until 2026-11-16 22:30 UTC",
            ),
        ],
    )
    def test_states_that_occur_are_counted(self, of, expected):
        assert expected in printed(receipt.receipt(a_finding(documents=of)))

    def test_reasons_of_failed_queries_follow_in_brackets(self):
        found = a_finding(documents=documents(total=2, failed=2), document_reasons={"timeout": 2})
        assert "2 failed (timeout 2)" in printed(receipt.receipt(found))


class TestAwaitedFile:
    def test_a_request_that_waits_says_so(self):
        shown = printed(receipt.request_facts(awaiting()))
        assert "waiting, no file came yet" in shown
        assert "dry run" not in shown

    def test_one_that_expired_waits_no_more(self):
        shown = printed(receipt.request_facts(awaiting(state="expired", dry_run=True)))
        assert "no file came yet" not in shown
        assert "dry run" in shown
