"""Files that wait for a person: listed, let through, refused.

Each decision is in the activity log, with the name of the key and of who decides.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from psycopg import Connection

from gateway.api.context import AuthenticatedCaller, Reader, Writer
from gateway.api.models.body import described
from gateway.api.models.held_files import HeldFileBody, HeldFiles
from gateway.api.models.reviews import Judgement
from gateway.api.reviews import reviewer_of
from gateway.api.threads import OneThread
from registry.ledger import held_files
from registry.ledger.held_files import HeldFile

PATH = "/medical/v1/held-files"
router = APIRouter(prefix=PATH, tags=["Held files"], route_class=OneThread)

Decide = Callable[[Connection, UUID, str, datetime], None]


@router.get("", responses=described())
def list_held_files(caller: Reader) -> HeldFiles:
    """List the files that wait for a person, because they are unlike the account's usual ones.

    Nothing of them is imported, and they have no result. Requests whose file is held are
    `processing`.
    """
    with caller.as_account() as (connection, account):
        found = held_files.list_held(connection, account.id)
    return HeldFiles(held_files=[_shown(each) for each in found])


@router.post("/{import_id}/let-through", responses=described(403, 404, 409))
def let_held_file_through(caller: Writer, import_id: UUID, judged: Judgement) -> HeldFileBody:
    """Let a held file through: it is imported as if it had not been held.

    A value that a newer file brought meanwhile stays.
    """
    return _decided(caller, "let through", held_files.let_through, import_id, judged)


@router.post("/{import_id}/refuse", responses=described(403, 404, 409))
def refuse_held_file(caller: Writer, import_id: UUID, judged: Judgement) -> HeldFileBody:
    """Refuse a held file: nothing of it is imported, and it fails with a result that says so."""
    return _decided(caller, "refuse", held_files.refuse, import_id, judged)


def _decided(
    caller: AuthenticatedCaller, what: str, decide: Decide, import_id: UUID, judged: Judgement
) -> HeldFileBody:
    with caller.as_account() as (connection, account):
        held_files.get_held(connection, import_id)
        reviewer = reviewer_of(account, judged)
        decide(connection, import_id, reviewer.name, reviewer.at)
        held = held_files.get_held(connection, import_id)
        caller.log(connection, "review", f"{what} held file {import_id}", by=judged.by)
        return _shown(held)


def _shown(held: HeldFile) -> HeldFileBody:
    counts = {name: held.counts.get(name) for name in ("created", "updated", "unchanged")}
    return HeldFileBody.of(held, failed=held.counts.get("errored"), **counts)
