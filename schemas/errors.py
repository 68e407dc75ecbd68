"""Every error Rosterline raises on purpose.

    RosterlineError                 anything we can explain
    ├── FileFault                   a whole file cannot be imported; its import ends as `failed`
    ├── NotFound                    an account, import, facility … that does not exist
    ├── NotAllowed                  a request that makes no sense in the present state
    │   ├── Expired                 one that came too late
    │   └── UnknownKey              one with an API key that is wrong or revoked
    ├── DatabaseUnavailable         PostgreSQL cannot be reached
    ├── StorageUnavailable          a folder cannot be read or written (full disk, permissions)
    ├── StageFailed                 a stage ended by an error that nobody foresaw
    └── ServiceUnavailable          a background process did not come up

Each says what happened, where, and what to do next, and carries a stable `code`. The CLI and
the Dagster assets map them in one place each (`cli/main.py`, `assets/error_redaction.py`).
Messages hold no patient value; the reason of a `FileFault` may name headers, lines and bytes.
"""


class RosterlineError(Exception):
    """Base of all errors that Rosterline explains to its user."""

    code = "rosterline_error"


class FileFault(RosterlineError):
    """A file that cannot be imported as a whole.

    `code` is one of the file-level codes of `schemas.issues`; `line` is the line of the file as a
    spreadsheet shows it, where one line is to blame.
    """

    def __init__(self, code: str, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.line = line


class NotFound(RosterlineError):
    """Something the user named does not exist."""

    code = "not_found"


class NotAllowed(RosterlineError):
    """A request that the present state does not allow."""

    code = "not_allowed"


class Expired(NotAllowed):
    """A request that came too late; what it was about is over."""

    code = "expired"


class UnknownKey(NotAllowed):
    """A request whose API key opens nothing."""

    code = "unknown_key"


class DatabaseUnavailable(RosterlineError):
    """PostgreSQL cannot be reached; nothing was lost, the work goes on when it is back."""

    code = "database_unavailable"


class StorageUnavailable(RosterlineError):
    """A folder or disk cannot be used; nothing was lost, the work goes on when it can."""

    code = "storage_unavailable"


class DiskFull(StorageUnavailable):
    """Less room than the reserve is free; work that needs more waits until there is room."""

    code = "disk_full"


class StageFailed(RosterlineError):
    """A stage ended by an error that is none of ours; the import stays unfinished.

    It names the class of that error, never its text, which may hold a patient's values.
    """

    code = "stage_failed"


class ServiceUnavailable(RosterlineError):
    """A background process (Dagster's webserver or daemon) did not come up."""

    code = "service_unavailable"
