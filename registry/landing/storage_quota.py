"""How much of the disk an account may take with the files that it sent.

What counts: its files in the archive, each content once, until they are pruned; what waits in
Pending; and parts of uploads. Results do not count.
"""

from dataclasses import dataclass

from psycopg import Connection

from registry.accounts.accounts import Account
from registry.database.statements import Statements
from registry.settings import Settings
from schemas.errors import QuotaFull

QUOTA_BYTES = "quota_bytes"
"""The account's own quota among its settings."""

_SQL = Statements(__file__)


@dataclass(frozen=True)
class Storage:
    """Bytes that an account may keep (None: any number), and those that it has.

    `archived` wait no more; `pending` are those that the ledger knows to be waiting in Pending.
    """

    quota: int | None = None
    archived: int = 0
    pending: int = 0

    @property
    def room(self) -> int | None:
        """Bytes that there is room for; None for any number."""
        if self.quota is None:
            return None
        return max(0, self.quota - self.archived - self.pending)

    def refuse(self, waiting: int) -> str | None:
        """Why there is no room for `waiting` bytes beside what is archived; None if there is."""
        if self.quota is None or self.archived + waiting <= self.quota:
            return None
        return (
            f"this account may keep {self.quota:,} bytes here, and {self.archived:,} are kept "
            "already, without the files that wait; ask the operator for more"
        )


def storage_of(connection: Connection, settings: Settings, account: Account) -> Storage:
    """The account's quota, its own or that of the settings, and what it has in the archive."""
    row = connection.execute(_SQL["account_storage"], {"account": account.id}).fetchone()
    own, archived, pending = row or (None, 0, 0)
    return Storage(own or settings.account_quota_bytes, archived, pending)


def require_room(
    connection: Connection, settings: Settings, account: Account, *, more: int = 0
) -> None:
    """Refuse `more` bytes for which the account has no room.

    Without `more`, after a file was entered in the same transaction: of files that come at the same
    time, those are refused that came too late.

    Raises:
        QuotaFull: the message says how much the account may keep, and how much it does.
    """
    if not more:
        connection.execute(
            "SELECT pg_advisory_xact_lock(hashtext('rosterline quota'), %s)", (account.id,)
        )
    storage = storage_of(connection, settings, account)
    if refusal := storage.refuse(storage.pending + more):
        raise QuotaFull(refusal)
