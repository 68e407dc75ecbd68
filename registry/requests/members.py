"""The members of an archive belong to whoever sent the archive, who may cancel them with it."""

from datetime import datetime

from psycopg import Connection

from registry.database.statements import Statements
from registry.ledger import states
from registry.ledger.imports import Import
from registry.ledger.members import list_members
from registry.requests import request_states

_SQL = Statements(__file__)


def give_to_sender(connection: Connection, archive: Import) -> None:
    """Let each member be the sender's of the archive, once it is entered; the caller commits.

    At the portal it is a submission of the same user; where the archive follows a check, it follows
    the check of the same member. At the API it is a request of its own, which has its file.
    """
    about = {"archive": archive.id}
    connection.execute(_SQL["submit_members"], about)
    for (request_id,) in connection.execute(_SQL["ask_for_members"], about).fetchall():
        request_states.receive(connection, request_id)


def cancel_members(connection: Connection, archive: Import, *, reason: str, now: datetime) -> bool:
    """Cancel the members of an archive of which nothing was written yet; the caller commits.

    Returns:
        Whether any was cancelled.
    """
    members = list_members(connection, archive.id)
    for member in members:
        states.lock_attempts(connection, member.id)
    # All of them before the first changes: a run that ends another one holds its row and then waits
    # for the archive's (`registry/tables/objects/2_notify_webhook.sql`).
    connection.execute("SELECT FROM import WHERE parent_id = %s FOR UPDATE", (archive.id,))
    cancelled = [
        states.cancel_unfinished(connection, member, reason=reason, now=now) for member in members
    ]
    return any(cancelled)
