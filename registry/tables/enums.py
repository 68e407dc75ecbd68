"""The words that columns of registry and ledger may hold.

Apart from the tables, because commands that only read need the words and not SQLAlchemy.
"""

IMPORT_STATES = (
    "waiting",
    "processing",
    "completed",
    "failed",
    "expired",
    "cancelled",
)
ATTEMPT_STATES = ("open", "applied", "finished", "failed")
OUTCOMES = ("created", "updated", "unchanged", "errored")
REVIEW_STATES = ("open", "same", "different", "moved")
"""`moved`: one of the two was merged into somebody else, and another pair asks instead."""
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
SEVERITIES = ("error", "warning", "info")
