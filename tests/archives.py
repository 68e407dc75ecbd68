"""Zip archives for tests, and what becomes of their members."""

import io
import zipfile
from collections.abc import Mapping

from psycopg import Connection

from registry.ledger.imports import Import
from registry.ledger.members import list_members
from registry.settings import Settings
from tests.importing import Imported, process


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    """A zip archive of these files, by name."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


def process_members(
    settings: Settings, connection: Connection, archive: Import
) -> tuple[Imported, list[Imported]]:
    """The archive through the stages, and then its members, one after the other."""
    unpacked = process(settings, connection, archive)
    members = list_members(connection, archive.id)
    return unpacked, [process(settings, connection, each) for each in members]
