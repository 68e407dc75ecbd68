"""The layout of an archived file: worked out once for each attempt, kept with it, read by all."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from psycopg import Connection
from psycopg.types.json import Json

from registry.accounts.accounts import Account
from registry.accounts.column_mappings import get_mapping, mapping_in_use
from registry.accounts.file_keys import keys_for
from registry.landing.receive import archived_file
from registry.landing.rosters import reading_roster
from registry.ledger.imports import Attempt, Import, place_of
from registry.settings import Settings
from rosters.containers.roster import Keys, Place, no_keys
from rosters.layout import Layout, layout_from_json
from schemas.catalogue import get_format
from schemas.formats import Format


def keep_layout(connection: Connection, attempt: Attempt, layout: Layout) -> None:
    """Keep the layout with its attempt; the caller commits."""
    connection.execute(
        "UPDATE attempt SET layout = %s WHERE import_id = %s AND number = %s",
        (Json(layout.as_json()), attempt.import_id, attempt.number),
    )


def kept_layout(
    connection: Connection, import_id: UUID, attempt: int, file_format: Format
) -> Layout | None:
    """The layout that was kept with this attempt.

    None for attempts from before revision 0011, for those that have not landed, and where this
    code cannot rely on what was kept; `read_archived_layout` works it out from the archive then.
    """
    found = connection.execute(
        "SELECT layout FROM attempt WHERE import_id = %s AND number = %s", (import_id, attempt)
    ).fetchone()
    return layout_from_json(found[0] if found else None, file_format)


def format_for(connection: Connection, imported: Import, account: Account) -> Format:
    """The import's format, with the column mapping under which its file is read.

    An import that was read before keeps what it was read with; for any other it is the mapping
    in use now, so that a file that was refused for its header is read once a mapping was saved.
    """
    file_format = get_format(imported.format)
    found = connection.execute(
        "SELECT layout FROM attempt"
        " WHERE import_id = %s AND layout IS NOT NULL ORDER BY number DESC LIMIT 1",
        (imported.id,),
    ).fetchone()
    if found is None:
        return replace(file_format, mapping=mapping_in_use(connection, account, imported.format))
    version = _mapping_of(found[0])
    if version is None:
        return file_format
    return replace(file_format, mapping=get_mapping(connection, account, imported.format, version))


def mapping_version(connection: Connection, import_id: UUID, attempt: int) -> int | None:
    """The version of the column mapping under which an attempt read its file; None without one."""
    found = connection.execute(
        "SELECT layout FROM attempt WHERE import_id = %s AND number = %s", (import_id, attempt)
    ).fetchone()
    return _mapping_of(found[0]) if found else None


def _mapping_of(layout: Mapping[str, object] | None) -> int | None:
    """The version in a stored layout.

    PostgreSQL is not asked for it: it refuses to look into JSON in which a header has a NUL.
    """
    version = (layout or {}).get("mapping")
    return version if isinstance(version, int) and version else None


def read_archived_layout(
    settings: Settings,
    sha256: str,
    file_format: Format,
    keys: Keys = no_keys,
    place: Place = (),
) -> Layout:
    """The layout of an archived file, or of the member at `place` of it, from its bytes.

    Raises:
        FileFault: the file cannot be imported as a whole.
        StorageUnavailable: the archived bytes are gone, or damaged.
    """
    archived = archived_file(settings, sha256)
    with reading_roster(settings, archived, file_format, keys, place) as roster:
        return roster.layout(file_format)


def layout_of(
    connection: Connection,
    settings: Settings,
    import_id: UUID,
    attempt: int,
    sha256: str,
    file_format: Format,
) -> Layout:
    """The layout under which an attempt read its file: the kept one, else that of the archive.

    Raises:
        FileFault: none was kept, and the file cannot be imported as a whole.
        StorageUnavailable: none was kept, and the archived bytes are gone, or damaged.
    """
    kept = kept_layout(connection, import_id, attempt, file_format)
    if kept is not None:
        return kept
    keys, place = _keys_and_place(connection, settings, import_id)
    return read_archived_layout(settings, sha256, file_format, keys, place)


def _keys_and_place(
    connection: Connection, settings: Settings, import_id: UUID
) -> tuple[Keys, Place]:
    found = connection.execute(
        "SELECT account.name, import.received_at, import.member FROM import JOIN account"
        " ON import.account_id = account.id WHERE import.id = %s",
        (import_id,),
    ).fetchone()
    if found is None:
        return no_keys, ()
    account, received_at, member = found
    return keys_for(settings, account, received_at), place_of(member)
