"""The words that columns of registry and ledger may hold.

Apart from the tables, because commands that only read need the words and not SQLAlchemy.
"""

IMPORT_STATES = (
    "waiting",
    "processing",
    "held",
    "unpacked",
    "completed",
    "failed",
    "expired",
    "cancelled",
)
DROP_PLACES = ("folder", "store", "bucket")
"""Where a sender's file waits: in a folder, in the store behind SFTP, or in a bucket's prefix."""
ATTEMPT_STATES = ("open", "applied", "finished", "unpacked", "failed")
CHANNEL_KINDS = ("finished", "failed", "held", "no_file")
"""What a channel of an account is told of."""
HOLD_DECISIONS = ("let_through", "refused")
"""What a person decided about a held file."""
OUTCOMES = ("created", "updated", "unchanged", "errored")
REVIEW_STATES = ("open", "same", "different", "moved")
"""`moved`: one of the two was merged into somebody else, and another pair asks instead."""
BULK_MERGE_STATES = ("open", "finished", "cancelled")
DIFFERENCES = ("twins", "relatives", "other")
"""Why a person judged two patients to be different; it may be left open."""
IDENTITY_STATES = ("open", "right", "wrong")
"""What a person judged a row to be that has another person's name and birth than its patient."""
ACCESS_ACTIONS = (
    "sign_in",
    "upload",
    "download",
    "rename",
    "delete",
    "ban",
    "unban",
    "other",
    "sign_out",
    "view",
    "change",
    "import",
    "cancel",
    "undo",
    "review",
)
SIGN_IN_KINDS = (
    "sftp_password", "sftp_key", "portal_password", "portal_code", "portal_link"
)  # fmt: skip
"""What tries to sign in are counted apart for."""
SEVERITIES = ("error", "warning", "info")
