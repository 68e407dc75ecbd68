"""Imports and attempts as the ledger gives them, without a database."""

from datetime import UTC, datetime
from uuid import UUID

from cli.imports.summaries import Awaiting, Finding
from registry.ledger.imports import Attempt, Import
from registry.requests.awaiting_file import Awaited

AT = datetime(2026, 11, 16, 22, 30, tzinfo=UTC)
ID = UUID("01a1fff5-9e53-7000-8000-2533b1138915")


def an_import(**changes):
    values = {
        "id": ID, "account_id": 1, "format": "ptdirect", "source": "cli",
        "file_name": "november.csv", "sha256": "ab" * 32, "byte_count": 100, "received_at": AT,
        "ordered_at": AT,
        "dry_run": False, "default_facility_id": None,
        "partition_key": "2026-11-16_acme_33b1138915", "state": "completed", "reason": None,
        "claims": 1, "drop_name": None,
    }  # fmt: skip
    return Import(**values | changes)


def an_attempt(**changes):
    values = {
        "import_id": ID, "number": 1, "state": "finished", "run_id": "run-1", "started_at": AT,
        "finished_at": AT, "fault_code": None, "reason": None, "records": 1234, "created": 1200,
        "updated": 30, "unchanged": 0, "errored": 4,
    }  # fmt: skip
    return Attempt(**values | changes)


def a_finding(imported=None, attempt=None, **changes):
    return Finding(imported or an_import(), "acme", attempt or an_attempt(), None, **changes)


def awaiting(**changes):
    values = {
        "id": ID, "account_id": 1, "dry_run": False, "state": "waiting", "created_at": AT,
        "expires_at": AT,
    }  # fmt: skip
    return Awaiting(Awaited(**values | changes), "acme")
