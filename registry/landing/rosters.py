"""The roster in an archived file: the archive keeps what came, and it is unpacked to be read."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from registry.landing.archived_file import ArchivedFile
from registry.settings import Settings
from registry.store.durable_files import storage_errors
from rosters.containers.open_roster import open_roster
from rosters.containers.roster import Keys, Place, Roster, Scratch
from schemas.formats import Format


@contextmanager
def reading_roster(
    settings: Settings,
    archived: ArchivedFile,
    file_format: Format,
    keys: Keys,
    place: Place = (),
) -> Iterator[Roster]:
    """Within, the roster is read; what was found counts only if the archived bytes are intact.

    What is unpacked or decrypted stays on the disk of the home, for as long as it is read. `keys`
    are those that may decrypt it (`registry/accounts/file_keys.py`). `place` is where it stands in
    an archive of several.

    Raises:
        SeveralRosters: the file is an archive with several rosters, and no `place` is given.
        FileFault: it is a container that cannot be opened or decrypted, or holds no roster.
        ArchiveDamaged: the archived bytes are not those that were received.
        StorageUnavailable: they cannot be read, or the disk has no room for what is unpacked.
    """
    folder = settings.staging_dir
    scratch = Scratch(folder, settings.max_file_bytes, keys, settings.max_archive_members)
    with archived.reading() as source, ExitStack() as stack:
        with storage_errors("unpack a received file", folder):
            roster = stack.enter_context(open_roster(source, file_format, scratch, place))
        yield roster
