"""What users of the portal submit: checks, and the imports that follow them, each once.

A check is a dry run; an import takes the check's bytes from the archive and repeats it.
`assets/patients/same_as_check.py` makes sure that it does what the check form.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from registry.accounts.accounts import Account
from registry.database.statements import Statements
from registry.landing.archive_copy import Archived
from registry.landing.receive import Arrival, default_facility, enter, require_facility
from registry.ledger import states
from registry.ledger.imports import IMPORT_COLUMNS, Import, list_attempts
from registry.ledger.let_through import let_through, require_held, who_let_through
from registry.ledger.members import list_members, state_of
from registry.ledger.moves import IMPORT_IS_OVER
from registry.requests.members import cancel_members
from schemas.errors import NotAllowed, NotFound

_SQL = Statements(__file__)

SOURCE = "portal"
CANCELLED = "cancelled at the portal before it was processed"
CANCELLED_UNDER_WAY = "cancelled at the portal while it was processed; nothing was written"


@dataclass(frozen=True)
class Submitted:
    """A submitted form: its user, its token, the file's name, format and facility."""

    user_name: str
    token: str
    file_name: str
    format: str
    facility_id: UUID | None = None


@dataclass(frozen=True)
class _Entry:
    user_name: str
    token: str
    check_id: UUID | None = None


def submit_check(
    connection: Connection, account: Account, archived: Archived, form: Submitted, now: datetime
) -> Import:
    """Enter a dry run of archived bytes; the same token gives the same one back.

    The caller commits.

    Raises:
        NotFound: the account has no such facility.
        NotAllowed: the account may not use the format, has no facility, or one must be named.
    """
    if form.format not in formats_of(account):
        raise NotAllowed(f"this account does not import files of the format {form.format!r}")
    require_facility(connection, account, form.format)
    arrival = Arrival(
        source=SOURCE,
        received_at=now,
        file_name=form.file_name,
        format=form.format,
        dry_run=True,
        default_facility_id=default_facility(connection, account, form.format, form.facility_id),
    )
    entry = _Entry(form.user_name, form.token)
    return _same(connection, account, form.token) or _enter(
        connection, account, archived, arrival, entry
    )


def submit_import(
    connection: Connection, account: Account, check_id: UUID, user_name: str, now: datetime
) -> Import:
    """Enter the import of what was checked, once for each check; the caller commits.

    Raises:
        NotFound: the account has no such check.
        NotAllowed: it is not over yet, or the file failed it.
    """
    check = get_own(connection, account.id, check_id)
    if not check.dry_run:
        raise NotFound("there is no such check")
    if (state := _state(connection, check)) != "completed":
        raise NotAllowed(f"this check is {state}; only a completed one can be imported")
    entry = _Entry(user_name, f"import {check.id}", check.id)
    imported = _repeat(connection, account, check, entry, now)
    if (by := who_let_through(connection, check_id)) is not None:
        let_through(connection, imported.id, by)
    return imported


def check_again(
    connection: Connection, account: Account, import_id: UUID, user_name: str, now: datetime
) -> Import:
    """Enter a new check of an import's bytes, once for each; the caller commits.

    Raises:
        NotFound: the account has no such import.
        NotAllowed: it is not over yet.
    """
    imported = get_own(connection, account.id, import_id)
    _require_over(connection, imported)
    return _repeat(connection, account, imported, _Entry(user_name, f"again {import_id}"), now)


def check_mapped(
    connection: Connection,
    account: Account,
    import_id: UUID,
    version: int,
    user_name: str,
    now: datetime,
) -> Import:
    """Enter a check of an import's bytes under a version of the column mapping, once for each.

    The version is the one in use. The caller commits.

    Raises:
        NotFound: the account has no such import.
        NotAllowed: it is not over yet.
    """
    imported = get_own(connection, account.id, import_id)
    _require_over(connection, imported)
    entry = _Entry(user_name, f"mapped {version} {import_id}")
    return _repeat(connection, account, imported, entry, now)


def check_held(
    connection: Connection, account: Account, import_id: UUID, user_name: str, now: datetime
) -> Import:
    """Enter a new check of a held file that lets its identity changes through; the caller commits.

    The import that follows the check lets them through, too.

    Raises:
        NotFound: the account has no such import.
        NotAllowed: it was not held for its identity changes.
    """
    require_held(connection, get_own(connection, account.id, import_id))
    check = check_again(connection, account, import_id, user_name, now)
    let_through(connection, check.id, user_name)
    return check


def cancel(connection: Connection, account_id: int, import_id: UUID, now: datetime) -> None:
    """Cancel an import of the portal that waits or is processed; the caller commits.

    A run that works on it stops at its next stage. Of an archive all members are cancelled that can
    be.

    Raises:
        NotFound: the account has no such import.
        NotAllowed: it came another way, is over, or its patients are written already.
    """
    if states.cancel(connection, account_id, import_id, source=SOURCE, reason=CANCELLED):
        return
    imported = get_own(connection, account_id, import_id)
    if imported.source != SOURCE:
        raise NotAllowed("only what was sent at the portal can be cancelled here")
    if imported.state == states.UNPACKED and cancel_members(
        connection, imported, reason=CANCELLED, now=now
    ):
        return
    # A further attempt is an operator's.
    is_first = len(list_attempts(connection, import_id)) == 1
    if not is_first or not states.cancel_unfinished(
        connection, imported, reason=CANCELLED_UNDER_WAY, now=now
    ):
        state = _state(connection, imported)
        raise NotAllowed(f"this import is {state}; it can be cancelled no more")


def _state(connection: Connection, imported: Import) -> str:
    """The import's state; that of an archive is what its members make up."""
    if imported.state != states.UNPACKED:
        return imported.state
    return state_of(list_members(connection, imported.id))


def _require_over(connection: Connection, imported: Import) -> None:
    if (state := _state(connection, imported)) not in IMPORT_IS_OVER:
        raise NotAllowed(f"this import is {state}; wait for its end")


def get_own(connection: Connection, account_id: int, import_id: UUID) -> Import:
    """The account's import with this id.

    Raises:
        NotFound: there is none.
    """
    found = _find(connection, "account_id = %s AND id = %s", (account_id, import_id))
    if found is None:
        raise NotFound("there is no such import")
    return found


def import_of(connection: Connection, check_id: UUID) -> UUID | None:
    """The import that followed a check, if there is one."""
    row = connection.execute(
        "SELECT import_id FROM submission WHERE check_id = %s", (check_id,)
    ).fetchone()
    return row[0] if row else None


def checked_attempt(connection: Connection, import_id: UUID) -> tuple[UUID, int] | None:
    """The check that an import follows, as (import, attempt); None where it follows none."""
    return connection.execute(
        "SELECT attempt.import_id, max(attempt.number) FROM submission"
        " JOIN attempt ON submission.check_id = attempt.import_id"
        " WHERE submission.import_id = %s AND attempt.state = 'finished'"
        " GROUP BY attempt.import_id",
        (import_id,),
    ).fetchone()


@dataclass(frozen=True)
class Correction:
    """A check of rows that were corrected on the page of an import, and the import that followed.

    `import_id` is None while none did.
    """

    check_id: UUID
    file_name: str
    state: str
    import_id: UUID | None


def correction_token(import_id: UUID, form_token: str) -> str:
    """The token of rows that were corrected on the page of an import; it says of which."""
    return f"corrected {import_id} {form_token}"


def corrections_of(connection: Connection, account_id: int, import_id: UUID) -> list[Correction]:
    """The corrections of an import, of the check that it follows, or of the import after a check.

    The earliest first.
    """
    about = {"account": account_id, "import": import_id}
    with connection.cursor(row_factory=class_row(Correction)) as cursor:
        return cursor.execute(_SQL["list_corrections"], about).fetchall()


def corrected_import(connection: Connection, account_id: int, import_id: UUID) -> Import | None:
    """The import of which this one, or the check before it, has corrected rows; None: of none."""
    row = connection.execute(
        _SQL["find_corrected"], {"account": account_id, "import": import_id}
    ).fetchone()
    return get_own(connection, account_id, UUID(row[0])) if row else None


def formats_of(account: Account) -> tuple[str, ...]:
    """The formats that users of the account may import: its own, and further ones as set."""
    return tuple(dict.fromkeys((account.format, *account.settings.get("further_formats", ()))))


def _repeat(
    connection: Connection, account: Account, of: Import, entry: _Entry, now: datetime
) -> Import:
    """Enter the same bytes again: as an import where it follows a check, else as a check."""
    arrival = Arrival(
        source=SOURCE,
        received_at=now,
        file_name=of.file_name,
        format=of.format,
        dry_run=entry.check_id is None,
        default_facility_id=of.default_facility_id,
        member=of.member,
    )
    known = _same(connection, account, entry.token)
    if known is not None:
        return known
    archived = Archived(of.sha256, of.byte_count)
    return _enter(connection, account, archived, arrival, entry)


def _same(connection: Connection, account: Account, token: str) -> Import | None:
    """The import that was submitted with this token before, if any.

    Holds a lock of the account's submissions until the transaction ends.
    """
    connection.execute(
        "SELECT pg_advisory_xact_lock(hashtext('rosterline submit'), %s)", (account.id,)
    )
    return _find(
        connection,
        "id = (SELECT import_id FROM submission WHERE account_id = %s AND token = %s)",
        (account.id, token),
    )


def _enter(
    connection: Connection, account: Account, archived: Archived, arrival: Arrival, entry: _Entry
) -> Import:
    imported = enter(connection, account, archived, arrival)
    connection.execute(
        "INSERT INTO submission (import_id, account_id, user_name, token, check_id)"
        " VALUES (%s, %s, %s, %s, %s)",
        (imported.id, account.id, entry.user_name, entry.token, entry.check_id),
    )
    return imported


def _find(connection: Connection, where: str, values: tuple[object, ...]) -> Import | None:
    with connection.cursor(row_factory=class_row(Import)) as cursor:
        return cursor.execute(
            f"SELECT {IMPORT_COLUMNS} FROM import WHERE {where}", values
        ).fetchone()
