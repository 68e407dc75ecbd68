"""Pairs worth a score: patients of an import, and whoever has a blocking key in common with them.

Tables in: the copy (assets/potential_duplicates/matching_copy.py), and `subject(number)`, the
patients in question. Tables out: `candidate_pair(join_key_l, join_key_r, match_key)`, each pair
once, the smaller id first, as identity/score.py takes it; `candidate`, the matching columns of all
patients in it.

The cost follows the file: the keys in question are few, and the copy's keys are read past them, a
column of numbers. A patient is compared with at most `MOST_COMPARED` others by key, those of the
rarest keys first; keys that would go beyond are too common, and are counted.
"""

from collections.abc import Mapping

import duckdb

from assets.steps import StepFiles, run_steps

MOST_COMPARED = 500

_STEPS = StepFiles(__file__)

PAIRING = (
    _STEPS["list_subject_keys"],
    _STEPS["count_holders"],
    _STEPS["choose_keys"].bind(most=MOST_COMPARED),
    _STEPS["find_pairs"],
)
"""From `subject` to `numbered_pair`."""
NAMING = _STEPS["name_pairs"]
"""From `numbered_pair` to `candidate_pair`."""
COUNT_COMMON_KEYS = _STEPS["count_common_keys"]
"""SELECT of a row for each blocking rule that has keys which were too common."""


def find_candidates(connection: duckdb.DuckDBPyConnection) -> Mapping[str, int]:
    """Create `candidate_pair` and `candidate`.

    Returns:
        How many keys of the subjects were too common, by blocking rule.
    """
    run_steps(connection, *PAIRING, _STEPS["fetch_candidates"], NAMING)
    return dict(connection.execute(COUNT_COMMON_KEYS.sql).fetchall())
