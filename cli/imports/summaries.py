"""What the ledger knows about an import, in the form in which commands show it."""

from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any

from psycopg import Connection

from registry.accounts.accounts import account_by_id, list_accounts
from registry.decisions.automatic_links import count_links
from registry.decisions.undo import UndoResult, undone_imports
from registry.documents.progress import Progress, progress_of, reasons_of
from registry.ledger import imports
from registry.ledger.imports import Attempt, Import
from registry.ledger.members import list_members
from registry.ledger.progress import stage_seconds
from registry.ledger.results import IssueCount, ResultKind, count_issues, find_stored_result
from registry.requests.awaiting_file import Awaited, find_awaited, list_awaited
from registry.settings import Settings
from registry.store import store_of


@dataclass(frozen=True)
class Summary:
    """An import with the name of its account, its newest attempt, and the undo in effect."""

    imported: Import
    account: str
    attempt: Attempt | None
    undone: UndoResult | None

    @property
    def key(self) -> str:
        """The end of the partition key, which is enough to name the import."""
        return self.imported.partition_key[-10:]

    def as_json(self) -> dict[str, Any]:
        """The summary as scripts get it; `counts` is empty before the first attempt."""
        imported, attempt = self.imported, self.attempt
        return {
            "import": imported.id,
            "partition_key": imported.partition_key,
            "account": self.account,
            "file_name": imported.file_name,
            "received_at": imported.received_at,
            "attempt": attempt.number if attempt else None,
            "state": imported.state,
            "reason": imported.reason,
            "dry_run": imported.dry_run,
            "counts": attempt.counts if attempt else {},
            "records": attempt.records if attempt else None,
            "undone": self.undone and self.undone.as_json(),
        }


@dataclass(frozen=True)
class Awaiting:
    """A request of the HTTP API whose file has not come, with the name of its account."""

    request: Awaited
    account: str

    @property
    def key(self) -> str:
        """The key of the request, which will name its import as well."""
        return self.request.key

    def as_json(self) -> dict[str, Any]:
        """The request as scripts get it, in the form of an import without a file."""
        request = self.request
        return {
            "import": request.id,
            "partition_key": None,
            "account": self.account,
            "file_name": None,
            "received_at": None,
            "attempt": None,
            "state": request.state,
            "reason": None,
            "dry_run": request.dry_run,
            "counts": {},
            "records": None,
            "undone": None,
            "asked_at": request.created_at,
            "expires_at": request.expires_at,
        }


@dataclass(frozen=True)
class Finding(Summary):
    """A summary with the stages, issues and files of the newest attempt."""

    seconds: dict[str, float] = field(default_factory=dict)
    issues: tuple[IssueCount, ...] = ()
    result: str | None = None
    failed_rows: str | None = None
    documents: Progress | None = None
    document_reasons: dict[str, int] = field(default_factory=dict)
    linked: int = 0
    """New patients who were linked to stored ones automatically, after the result."""
    members: tuple["Finding", ...] = ()
    """Those of an archive that was unpacked, in their order."""

    def as_json(self) -> dict[str, Any]:
        """Everything about the import, as scripts get it."""
        documents = self.documents.as_json() if self.documents else None
        return super().as_json() | {
            "documents": documents and documents | {"reasons": self.document_reasons},
            "seconds": self.seconds,
            "issues": {issue.code: issue.count for issue in self.issues},
            "result": self.result,
            "failed_rows": self.failed_rows,
            "linked": self.linked,
            "members": [each.as_json() for each in self.members],
        }


def recent(connection: Connection, account_id: int | None, limit: int) -> list[Summary | Awaiting]:
    """The latest imports and the requests that wait for a file, the newest first."""
    names = {account.id: account.name for account in list_accounts(connection)}
    found = imports.list_imports(connection, account_id=account_id, limit=limit)
    requests = list_awaited(connection, account_id=account_id, limit=limit)
    undone = undone_imports(connection, [each.id for each in found])
    dated: list[tuple[datetime, Summary | Awaiting]] = [
        *((each.created_at, Awaiting(each, names[each.account_id])) for each in requests),
        *(
            (each.received_at, Summary(each, names[each.account_id],
                                       _newest_attempt(connection, each), undone.get(each.id)))
            for each in found
        ),
    ]  # fmt: skip
    return [each for _, each in sorted(dated, key=itemgetter(0), reverse=True)[:limit]]


def find(connection: Connection, settings: Settings, key: str) -> Finding:
    """Everything about one import.

    Raises:
        NotFound: there is no import with this id or key.
    """
    imported = imports.get_import(connection, key)
    account = imports.account_of(connection, imported).name
    attempt = _newest_attempt(connection, imported)
    if attempt is None:
        return Finding(imported, account, None, None)
    return Finding(
        imported,
        account,
        attempt,
        undone_imports(connection, [imported.id]).get(imported.id),
        stage_seconds(connection, imported.id, attempt.number),
        tuple(count_issues(connection, attempt)),
        _place(connection, settings, imported, attempt, "result"),
        _place(connection, settings, imported, attempt, "failed_rows"),
        progress_of(connection, [imported.id]).get(imported.id),
        reasons_of(connection, imported),
        count_links(connection, imported.id),
        tuple(
            find(connection, settings, each.partition_key)
            for each in list_members(connection, imported.id)
        ),
    )


def _place(
    connection: Connection,
    settings: Settings,
    imported: Import,
    attempt: Attempt,
    kind: ResultKind,
) -> str | None:
    stored = find_stored_result(connection, settings, imported, attempt, kind)
    return store_of(settings).place_of(stored.key) if stored else None


def awaiting(connection: Connection, key: str) -> Awaiting | None:
    """The request with this id or key, if its file has not come; None otherwise."""
    request = find_awaited(connection, key)
    if request is None:
        return None
    return Awaiting(request, account_by_id(connection, request.account_id).name)


def _newest_attempt(connection: Connection, imported: Import) -> Attempt | None:
    attempts = imports.list_attempts(connection, imported.id)
    return attempts[-1] if attempts else None
