"""The errors that Rosterline raises and explains.

    RosterlineError                 base class
    ├── FileFault                   a whole file cannot be imported; its import ends as `failed`
    ├── NotFound                    an account, import, facility … does not exist
    ├── NotAllowed                  the present state does not allow the request
    │   ├── Expired                 the request came too late
    │   ├── QuotaFull               the account keeps as many bytes as it may
    │   └── UnknownKey              the API key of the request is wrong or revoked
    ├── DatabaseUnavailable         PostgreSQL cannot be reached
    ├── StorageUnavailable          a folder cannot be read or written (full disk, permissions)
    │   └── ArchiveDamaged          the bytes that were kept are not those that were received
    ├── StageFailed                 a stage ended with an unexpected error
    │   └── MemoryExceeded              it needed more memory, or temporary files, than it may have
    ├── MailNotSent                 the mail server did not take a mail
    └── ServiceUnavailable          a background process did not start

Each message says what happened, where, and what to do next; each class has a stable `code`. What
only operators can do, such as a command or a setting, is the `advice` of an error: senders of files
and callers of the API do not see it.
`cli/main.py` shows the errors to users of the command line, `assets/error_redaction.py` lets them
pass to Dagster. Messages contain no patient value; the reason of a `FileFault` may contain headers,
lines and bytes.
"""


class RosterlineError(Exception):
    """Base of all errors that Rosterline explains to its user.

    `said` is for everybody, `advice` for whoever has the command line; `str()` gives both.
    """

    code = "rosterline_error"

    def __init__(self, said: str = "", *, advice: str = "") -> None:
        super().__init__(said)
        self.said = said
        self.advice = advice

    def __str__(self) -> str:
        """Both texts, for operators."""
        return f"{self.said} ({self.advice})" if self.advice else self.said


class FileFault(RosterlineError):
    """A file that cannot be imported as a whole.

    `code` is one of the codes of `schemas.issues` for files. `line` is the line at fault as a
    spreadsheet numbers it, if one line is at fault.
    """

    def __init__(
        self, code: str, reason: str, line: int | None = None, *, advice: str = ""
    ) -> None:
        super().__init__(reason, advice=advice)
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
    """The request came too late: its upload or link has expired."""

    code = "expired"


class QuotaFull(NotAllowed):
    """The account keeps as many bytes as it may."""

    code = "quota_full"


class UnknownKey(NotAllowed):
    """The API key of a request is unknown or revoked."""

    code = "unknown_key"


class DatabaseUnavailable(RosterlineError):
    """PostgreSQL cannot be reached; nothing was lost, and work continues when it is back."""

    code = "database_unavailable"


class StorageUnavailable(RosterlineError):
    """A folder or disk cannot be used; nothing was lost, and work continues when it can."""

    code = "storage_unavailable"


class DiskFull(StorageUnavailable):
    """Less room than the reserve is free; work that needs more waits until there is room."""

    code = "disk_full"


class ArchiveDamaged(StorageUnavailable):
    """Kept bytes are not what the ledger's sha256 says: of a received file, or of a result."""

    code = "archive_damaged"


class StageFailed(RosterlineError):
    """A stage ended with an error that is not a `RosterlineError`; the import stays unfinished.

    The message names the class of that error and not its text, which may contain a patient's
    values.
    """

    code = "stage_failed"


class MemoryExceeded(StageFailed):
    """A stage needed more memory, or larger temporary files, than it may have."""

    code = "memory_exceeded"


class MailNotSent(RosterlineError):
    """The mail server did not take a mail."""

    code = "mail_not_sent"


class ServiceUnavailable(RosterlineError):
    """A background process (Dagster's webserver or daemon) did not start."""

    code = "service_unavailable"
