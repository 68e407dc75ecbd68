"""The members of an archive that was received: an import for each roster in it.

They have the bytes of the archive, and no copy of their own: each reads its member there. What was
encrypted stays so, and the archive is kept for as long as one of its members is.
"""

from collections.abc import Sequence

from psycopg import Connection

from registry.accounts.accounts import Account
from registry.database.statements import Statements
from registry.ids import member_id
from registry.landing.receive import CHANNEL, is_awaited
from registry.ledger.imports import Import, partition_key
from rosters.containers.roster import Member

_SQL = Statements(__file__)


def enter_members(
    connection: Connection, account: Account, archive: Import, members: Sequence[Member]
) -> None:
    """Enter an import for each member of an archive, in their order; the caller commits.

    Their ids follow from the archive's, so that to do it again changes nothing. Each is in all but
    its roster what the import of the archive is: its sender, its facility, whether it is a check.
    In the order of receipt they are where it is, one after the other by their ids: before whatever
    came after it.
    """
    for number, member in enumerate(members):
        place = "/".join(map(str, member.place))
        import_id = member_id(archive.received_at, archive.id, number, place)
        about = {
            "id": import_id,
            "parent": archive.id,
            "place": place,
            "file_name": f"{archive.file_name}/{member.name}",
            "partition_key": partition_key(account, archive.received_at, import_id),
        }
        connection.execute(_SQL["insert_member"], about)
    if is_awaited(account, dry_run=archive.dry_run, source=archive.source):
        connection.execute("SELECT pg_notify(%s, '')", (CHANNEL,))
