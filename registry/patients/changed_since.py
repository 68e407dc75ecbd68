"""Which patients of an account changed since a version of its registry.

Every change set counts the account's version up, and `change_set` says which one wrote which
version. So the answer costs what was changed, and not what the account holds.
"""

from dataclasses import dataclass
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from registry.database.statements import Statements

_SQL = Statements(__file__)


@dataclass(frozen=True)
class RegistryVersion:
    """A version of an account's registry, and what wrote it.

    `change_set` is None for a version from before revision 0016, and for one that nobody wrote.
    """

    number: int
    change_set: UUID | None


def registry_version(connection: Connection, account_id: int) -> RegistryVersion:
    """The account's present version."""
    with connection.cursor(row_factory=class_row(RegistryVersion)) as cursor:
        [version] = cursor.execute(_SQL["get_registry_version"], {"account": account_id})
    return version


def changed_since(
    connection: Connection, account_id: int, since: RegistryVersion, until: RegistryVersion
) -> list[UUID] | None:
    """Patients whom the change sets after `since`, up to `until`, created, changed or removed.

    None where that is not known: a version in between is from before revision 0016, or `since` is
    not of this registry, which may have been restored to an earlier state.
    """
    about = {
        "account": account_id,
        "since": since.number,
        "until": until.number,
        "change_set": since.change_set,
    }
    [[is_known]] = connection.execute(_SQL["is_known_version"], about)
    if not is_known:
        return None
    return [patient for (patient,) in connection.execute(_SQL["find_changed_since"], about)]


def count_patients(connection: Connection, account_id: int) -> int:
    """How many patients the account has."""
    query = "SELECT count(*) FROM patient WHERE account_id = %s"
    [[count]] = connection.execute(query, (account_id,))
    return int(count)
