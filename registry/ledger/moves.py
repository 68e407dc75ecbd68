"""The states of imports and attempts as data: what they mean, and every move between them.

`registry/ledger/states.py` makes the moves, and nothing else does. docs/reference/states.md shows
them; it is made from these tables.
"""

from collections.abc import Sequence
from dataclasses import dataclass

IMPORT_IS_UNDER_WAY = ("waiting", "processing")
"""Something more will happen to the import by itself."""
IMPORT_RESTS = ("completed", "failed", "cancelled", "expired", "held", "unpacked")
"""Nothing more will happen to the import by itself."""
IMPORT_WAS_RUN = ("completed", "failed")
"""The import was worked on to its end, so that a further attempt can be made."""
IMPORT_IS_OVER = (*IMPORT_WAS_RUN, "cancelled", "expired")
ATTEMPT_IS_OVER = ("finished", "unpacked", "failed")
"""Nothing is left to do for the attempt."""
ATTEMPT_IS_APPLIED = ("applied", "finished")
"""What the attempt changed is in the registry."""
_ANSWERED = ("finished", "failed")
"""The attempt has a result for its sender."""


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


_CANCELLED_BY = "job `settle_imports`, `rosterline cancel`, HTTP API, portal"

IMPORT_MOVES = (
    Move("enter", None, "waiting", "every way in", "its bytes are in the archive"),
    Move(
        "take_up",
        "waiting",
        "processing",
        "a run",
        "its turn has come, and no earlier file of its account is under way, or a person asks",
    ),
    Move(
        "take_up",
        "processing",
        "processing",
        "a run",
        "the run that worked on it has ended without bringing it to its end",
    ),
    *(
        Move(
            "take_up",
            before,
            "processing",
            "a run",
            "a person asks for a further attempt: a backfill, or a materialisation in Dagster",
        )
        for before in IMPORT_WAS_RUN
    ),
    Move(
        "open_attempt",
        "waiting",
        "processing",
        "`rosterline give-up`, `rosterline cancel`, job `settle_imports`",
        "there is to be a result for its sender, although no run began on it",
    ),
    *(
        Move("open_attempt", before, "processing", "`take_up`", "a run takes it up")
        for before in ("processing", *IMPORT_WAS_RUN)
    ),
    Move(
        "hold_attempt",
        "processing",
        "held",
        "stage `matched_patients`",
        "the file is far off the account's usual ones",
    ),
    Move(
        "unpack",
        "processing",
        "unpacked",
        "stage `landed_files`",
        "the file is an archive with several rosters; an import of each is entered",
    ),
    Move(
        "let_through",
        "held",
        "waiting",
        "`rosterline let-through`, HTTP API, portal",
        "a person lets it through; its next run goes on with the same attempt",
    ),
    Move(
        "refuse",
        "held",
        "waiting",
        "`rosterline refuse`, HTTP API, portal",
        "a person refuses it; its next run writes the result that says so",
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
        "failed",
        "job `settle_imports`, `rosterline process-pending`, `rosterline give-up`",
        "its run was cut off, no try is left or a person gave it up, and nothing was written",
    ),
    Move(
        "give_up",
        "processing",
        "completed",
        "job `settle_imports`, `rosterline process-pending`, `rosterline give-up`",
        "the same, of a further attempt after one that finished",
    ),
    *(
        Move(
            "give_up_result",
            "processing",
            after,
            "job `settle_imports`, `rosterline process-pending`, `rosterline give-up`",
            "only its result file is missing, and could not be written in many tries",
        )
        for after in IMPORT_WAS_RUN
    ),
    Move("cancel", "waiting", "cancelled", "HTTP API, portal", "its sender cancels it"),
    Move(
        "cancel_unfinished",
        "waiting",
        "cancelled",
        _CANCELLED_BY,
        "an operator cancels it, or its run is terminated while it is queued",
    ),
    Move("cancel_unfinished", "held", "cancelled", "HTTP API", "its sender cancels it"),
    Move(
        "cancel_unfinished",
        "processing",
        "cancelled",
        _CANCELLED_BY,
        "its sender or an operator cancels it, or its run is terminated; nothing was written",
    ),
    *(
        Move(
            "cancel_unfinished",
            "processing",
            before,
            _CANCELLED_BY,
            "the same, of a further attempt: it is again what it was before",
        )
        for before in IMPORT_WAS_RUN
    ),
    Move(
        "finish_import",
        "cancelled",
        "cancelled",
        "job `settle_imports`, stage `result_files`",
        "the result file that says so is durable",
    ),
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
    Move("take_up", None, "open", "a run", "no unfinished attempt is there"),
    Move(
        "open_attempt",
        None,
        "open",
        "`rosterline give-up`, `rosterline cancel`, job `settle_imports`",
        "no run began on the import, and there is to be a result",
    ),
    Move(
        "apply_attempt",
        "open",
        "applied",
        "stage `patients`",
        "in the transaction that writes registry and outcomes",
    ),
    Move(
        "unpack",
        "open",
        "unpacked",
        "stage `landed_files`",
        "in the transaction that enters an import of each roster in the archive",
    ),
    Move("note_cause", "open", "open", "every stage but the last", "its run ended before its end"),
    Move("fail_attempt", "open", "failed", "every stage but the last", "the file has a fault"),
    Move(
        "refuse",
        "open",
        "failed",
        "`rosterline refuse`, HTTP API, portal",
        "its file was held and a person refused it, with the fault code `refused`",
    ),
    Move(
        "cancel_unfinished",
        "open",
        "failed",
        _CANCELLED_BY,
        "its import is cancelled, with the fault code `cancelled`",
    ),
    Move(
        "give_up",
        "open",
        "failed",
        "job `settle_imports`, `rosterline process-pending`, `rosterline give-up`",
        "its run was cut off, and no try is left or a person gave it up",
    ),
    *(
        Move(
            "give_up_result",
            before,
            after,
            "job `settle_imports`, `rosterline process-pending`, `rosterline give-up`",
            "its result file could not be written in many tries",
        )
        for before, after in (("applied", "finished"), *((each, each) for each in _ANSWERED))
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
        for state in _ANSWERED
    ),
)


def states_after(moves: Sequence[Move], name: str, before: str | None) -> set[str]:
    """The states in which a move may end that begins in `before`; none where it is refused.

    Example:
        `states_after(IMPORT_MOVES, "cancel", "waiting")` is `{"cancelled"}`; from `"processing"` it
        is empty.
    """
    return {move.after for move in moves if move.name == name and move.before == before}
