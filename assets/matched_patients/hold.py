"""Whether a file is held for a person, because it is far off its account's usual ones."""

import duckdb
from psycopg import Connection

from assets.attempt_work import AttemptWork
from assets.matching.measures import read_measures
from assets.stage_runs import WHY_HELD, Figures
from registry.accounts.hold_rules import hold_rules_of
from registry.ledger.let_through import who_let_through
from registry.ledger.usual_files import read_usual_files, what_is_unusual
from registry.requests.patient_calls import is_call

UNUSUAL = "measures far off the usual ones"


def why_hold(
    connection: duckdb.DuckDBPyConnection, registry: Connection, work: AttemptWork
) -> Figures:
    """Compare table `measured` with the account's norm, and say why the file is to be held.

    No figure where nobody compares: an account that holds nothing, a dry run, a file of the portal,
    whose check a person has seen, a call about one patient, a further attempt, and a file that a
    person let through.
    """
    rules = hold_rules_of(work.account.settings)
    if not rules.hold_anything or _is_seen_by_a_person(registry, work):
        return {}
    usual = read_usual_files(registry, work.imported)
    unusual = what_is_unusual(read_measures(connection), usual, rules)
    why = {WHY_HELD: "; ".join(unusual)} if unusual else {}
    return {UNUSUAL: len(unusual), **why}


def _is_seen_by_a_person(registry: Connection, work: AttemptWork) -> bool:
    imported = work.imported
    return (
        imported.dry_run
        or imported.source == "portal"
        or work.attempt.number > 1
        or is_call(registry, imported.id)
        or who_let_through(registry, imported.id) is not None
    )
