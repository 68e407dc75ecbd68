"""The states of imports and attempts as data: what they mean, and every move between them.

`registry/ledger/states.py` makes the moves, and nothing else does. docs/reference/states.md shows
them; it is made from these tables.
"""

from collections.abc import Sequence
from dataclasses import dataclass

IMPORT_IS_UNDER_WAY = ("waiting", "processing")
"""Something more will happen to the import by itself."""
IMPORT_WAS_RUN = ("completed", "failed")
"""The import was worked on to its end, so that a further attempt can be made."""
IMPORT_IS_OVER = (*IMPORT_WAS_RUN, "cancelled", "expired")
ATTEMPT_IS_OVER = ("finished", "failed")
"""Nothing is left to do for the attempt."""
ATTEMPT_IS_APPLIED = ("applied", "finished")
"""What the attempt changed is in the registry."""


@dataclass(frozen=True)
class Move:
    """A change of state that is allowed: `name` is the function that makes it.

    `before` None means that the import or attempt is new; `before` and `after` are the same where
    only its other columns change.
    """

    name: str
    before: str | None
    after: str
    by: str
    when: str


IMPORT_MOVES = (
    Move("enter", None, "waiting", "every way in", "its bytes are in the archive"),
    Move(
        "claim",
        "waiting",
        "processing",
        "sensors, `rosterline`",
        "it is due and nothing else of its account is being processed, or a person asks for it",
    ),
    Move(
        "claim_again",
        "processing",
        "processing",
        "sensors, `rosterline process-pending`",
        "its run was cut off and tries are left",
    ),
    Move(
        "open_attempt",
        "waiting",
        "processing",
        "stage `landed_files`",
        "it is materialised in Dagster without having been claimed",
    ),
    Move("open_attempt", "processing", "processing", "stage `landed_files`", "its run begins"),
    Move(
        "open_attempt",
        "completed",
        "processing",
        "stage `landed_files`",
        "a further attempt is asked for: a backfill, or a materialisation in Dagster",
    ),
    Move(
        "open_attempt",
        "failed",
        "processing",
        "stage `landed_files`",
        "a further attempt is asked for: a backfill, or a materialisation in Dagster",
    ),
    Move(
        "finish_import",
        "processing",
        "completed",
        "stage `result_files`",
        "the result file of an applied attempt is durable",
    ),
    Move(
        "finish_import",
        "processing",
        "failed",
        "stage `result_files`",
        "the result file of a failed attempt is durable",
    ),
    *(
        Move(
            "finish_import",
            before,
            after,
            "stage `result_files`",
            "its result file is made again: the state follows the latest attempt",
        )
        for before in IMPORT_WAS_RUN
        for after in IMPORT_WAS_RUN
    ),
    Move(
        "give_up",
        "processing",
        "completed",
        "sensors, `rosterline process-pending`",
        "the run of a further attempt was cut off, and no try is left",
    ),
    Move("cancel", "waiting", "cancelled", "HTTP API, portal", "its sender cancels it"),
    Move(
        "replace_older",
        "waiting",
        "cancelled",
        "SFTP, drop folder",
        "a newer file has its name in Pending",
    ),
    Move(
        "withdraw",
        "waiting",
        "cancelled",
        "SFTP, drop folder",
        "its file was removed from Pending, or given a temporary name",
    ),
)

ATTEMPT_MOVES = (
    Move("open_attempt", None, "open", "stage `landed_files`", "no unfinished attempt is there"),
    Move(
        "apply_attempt",
        "open",
        "applied",
        "stage `patients`",
        "in the transaction that writes registry and outcomes",
    ),
    Move(
        "fail_attempt",
        "open",
        "failed",
        "every stage but the last; sensors, `rosterline process-pending`",
        "the file has a fault, or its run was cut off and no try is left",
    ),
    Move(
        "give_up",
        "open",
        "failed",
        "sensors, `rosterline process-pending`",
        "the same, of a further attempt after one that finished",
    ),
    Move(
        "finish_import",
        "applied",
        "finished",
        "stage `result_files`",
        "its result file is durable",
    ),
    *(
        Move(
            "finish_import",
            state,
            state,
            "stage `result_files`",
            "its result file is durable, or made again",
        )
        for state in ATTEMPT_IS_OVER
    ),
)


def states_after(moves: Sequence[Move], name: str, before: str | None) -> set[str]:
    """The states in which a move may end that begins in `before`; none where it is refused.

    Example:
        `states_after(IMPORT_MOVES, "cancel", "waiting")` is `{"cancelled"}`; from `"processing"` it
        is empty.
    """
    return {move.after for move in moves if move.name == name and move.before == before}
