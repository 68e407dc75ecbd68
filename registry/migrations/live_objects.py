"""Views, functions, triggers, policies and grants: made from files that say how they are now.

Each file of `registry/tables/objects/` can be run again and again. All of them run, in the order of
their names, after a migration and whenever their text is another one than that which was applied
last. So a change of a policy is a change of one file, which a reader finds in one place, and needs
no revision. (docs/decisions/012-the-house.md says why this is our own.)
"""

from hashlib import sha256
from pathlib import Path

from psycopg import Connection

import registry.tables

OBJECTS = Path(registry.tables.__file__).with_name("objects")


def digest() -> str:
    """A fingerprint of all files: their names, their order and their text."""
    seen = sha256()
    for path in _files():
        seen.update(f"{path.name}\0{path.read_text(encoding='utf-8')}\0".encode())
    return seen.hexdigest()


def are_current(connection: Connection) -> bool:
    """Whether the text of the files is that which was applied last; one query.

    The table `applied_objects` must be there.
    """
    applied = connection.execute("SELECT digest FROM applied_objects").fetchall()
    return applied == [(digest(),)]


def apply(connection: Connection) -> None:
    """Run all files within the caller's transaction, and note which text was applied."""
    for path in _files():
        # Without parameters: a file holds several statements, and a percent sign is one.
        connection.execute(path.read_text(encoding="utf-8").encode())
    connection.execute("DELETE FROM applied_objects")
    connection.execute("INSERT INTO applied_objects (digest) VALUES (%s)", (digest(),))


def _files() -> list[Path]:
    return sorted(OBJECTS.glob("*.sql"))
