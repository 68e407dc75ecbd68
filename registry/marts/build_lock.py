"""Only one build of the marts at a time."""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import Connection

from registry.database.connections import session_of
from schemas.errors import RosterlineError

_LOCK = "hashtext('rosterline marts')"


class BuildUnderWay(RosterlineError):
    """Another process builds the marts."""

    code = "build_under_way"


@contextmanager
def only_build(connection: Connection) -> Iterator[None]:
    """Build alone, wherever other builds are started.

    Dagster's pool `marts` keeps a second run in the queue; this is for builds that it does not see.
    A run that waited here would take up a place of another run. The lock is the session's, so each
    change of it is committed at once.

    Raises:
        BuildUnderWay: another process builds.
    """
    session = session_of(connection)
    (alone,) = session.execute(f"SELECT pg_try_advisory_lock({_LOCK})").fetchone() or (False,)
    session.commit()
    if not alone:
        raise BuildUnderWay(
            "another process is building the marts; wait for its end, and start this build again"
        )
    try:
        yield
    finally:
        _unlock(session)


def wait_for_build(connection: Connection) -> None:
    """Return once no build is under way."""
    session = session_of(connection)
    session.execute(f"SELECT pg_advisory_lock({_LOCK})")
    _unlock(session)


def _unlock(session: Connection) -> None:
    session.execute(f"SELECT pg_advisory_unlock({_LOCK})")
    session.commit()
