"""Which revision the tables are at, and which one this version of Rosterline needs.

Alembic knows both, but takes longer to load than most commands take.
"""

from pathlib import Path

from psycopg import Connection

from schemas.errors import DatabaseUnavailable

_VERSIONS = Path(__file__).parents[1] / "migrations" / "versions"


def needed_revision() -> str:
    """The newest revision of this version: `0019` of `0019_what_operators_were_told.py`."""
    return max(known_revisions())


def known_revisions() -> frozenset[str]:
    """All revisions that this version knows."""
    return _KNOWN


def _read_known() -> frozenset[str]:
    return frozenset(path.name.partition("_")[0] for path in _VERSIONS.glob("[0-9]*_*.py"))


_KNOWN = _read_known()
# Read when the module is loaded: a service that runs on while another version is checked out
# is still of this one.


def present_revision(connection: Connection) -> str | None:
    """The revision of the tables; None where there are none yet."""
    row = connection.execute(
        "SELECT oid IS NOT NULL, coalesce(has_table_privilege(oid, 'SELECT'), false)"
        " FROM to_regclass('alembic_version') AS oid"
    ).fetchone()
    is_there, may_look = row or (False, False)
    found = None
    if is_there and may_look:
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    connection.commit()
    if is_there and not may_look:
        return _last_without_logins()
    return str(found[0]) if found else None


def _last_without_logins() -> str:
    """The newest revision whose tables only their owner can look at."""
    (first_with,) = _VERSIONS.glob("[0-9]*_who_signs_in_to_postgresql.py")
    return max(each for each in known_revisions() if each < first_with.name)


def require_current_tables(connection: Connection) -> None:
    """Refuse a database without tables, and tables of another version; services look each time.

    Raises:
        DatabaseUnavailable: the message says what to do.
    """
    present = present_revision(connection)
    if present is None:
        raise DatabaseUnavailable(
            "There are no tables yet; `rosterline migrate`, or `rosterline up`, makes them."
        )
    require_current(present)


def require_current(present: str) -> None:
    """Refuse tables of another version.

    Raises:
        DatabaseUnavailable: they are older or newer; the message says what to do.
    """
    needed = needed_revision()
    if present == needed:
        return
    if present not in known_revisions():
        raise DatabaseUnavailable(newer_tables(present))
    raise DatabaseUnavailable(
        f"The tables are those of an older version: they are at revision {present}, and this "
        f"version needs {needed}. `rosterline migrate`, or `rosterline up`, brings them up to date "
        "(docs/tasks/upgrade.md)."
    )


def newer_tables(present: str) -> str:
    """What is said where the tables have a revision that this version does not know."""
    return (
        f"The tables are those of a newer version: they are at revision {present}, and this "
        f"version knows {needed_revision()} at most. Nothing was changed. Install the version that "
        "made them, or a newer one; to go back, restore the backup that was made before "
        "(docs/tasks/upgrade.md)."
    )
