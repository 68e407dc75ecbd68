"""The search of one import: its created and changed patients against the account's registry.

The order: bring the account's matching copy up to date, find candidates, score them, write the
queue.
"""

from datetime import UTC, datetime
from time import perf_counter

import polars as pl
from psycopg import Connection

from assets.attempt_work import AttemptWork, load_work
from assets.error_redaction import explained
from assets.potential_duplicates.figures import of_copy, of_pairs, of_queue
from assets.potential_duplicates.matching_copy import open_copy
from assets.potential_duplicates.model_file import load_account_model
from assets.potential_duplicates.score import OPEN_PAIRS, found_pairs, score_searched
from assets.stage_runs import Figures, StageReport
from assets.staging_database import create_table
from registry.database.bulk_copy import copy_out
from registry.decisions.automatic_links import link_new_patients, link_threshold
from registry.decisions.duplicate_searches import note_searched, patients_to_search
from registry.decisions.similar_pairs import ScoringModel, write_scores
from registry.settings import Settings

NAME = "potential_duplicates"


def search_import(
    connection: Connection,
    settings: Settings,
    partition_key: str,
    *,
    again: bool,
    make_copy_again: bool = False,
) -> StageReport:
    """Search for duplicates of this import's patients, and put them into the review queue.

    Attempts that were searched for before are left out, unless `again`.

    Raises:
        RosterlineError: any fault; its text contains no value of a patient.
        NotFound: there is no such import, or no run has worked on it yet.
    """

    def run() -> StageReport:
        work = load_work(connection, settings, partition_key)
        if reason := _why_passed_by(work):
            return StageReport(NAME, work, passed_by=reason)
        start = perf_counter()
        searched = patients_to_search(connection, work.imported.id, again=again)
        connection.commit()
        if searched.is_empty():
            note_searched(connection, work.imported.id)
            connection.commit()
            return StageReport(NAME, work, passed_by="no patient of it is to be searched for")
        figures = _search(connection, work, searched, make_copy_again=make_copy_again)
        return StageReport(NAME, work, perf_counter() - start, figures)

    return explained(run, NAME, partition_key, debug=settings.debug)


def _why_passed_by(work: AttemptWork) -> str | None:
    if work.imported.dry_run:
        return "a dry run changes no patient"
    if work.imported.state != "completed":
        return f"the import is {work.imported.state}; the search follows once it is completed"
    return None


def _search(
    connection: Connection, work: AttemptWork, searched: pl.DataFrame, *, make_copy_again: bool
) -> Figures:
    # First of all: a model that cannot be used is known before any work.
    model, scoring = load_account_model(work.settings, work.account.id)
    start = perf_counter()
    with open_copy(work.settings, connection, work.account.id, make_again=make_copy_again) as (
        duck,
        update,
    ):
        copied = perf_counter()
        create_table(duck, "searched", searched.cast(pl.String))
        open_pairs = copy_out(connection, OPEN_PAIRS, {"account_id": work.account.id})
        connection.commit()
        compared = score_searched(duck, model, open_pairs)
        scored = perf_counter()
        changes = write_scores(
            connection, work.account.id, work.imported.id, scoring, found_pairs(duck)
        )
        connection.commit()
        linked = _link(connection, work, scoring)
        # Last: a search that is cut off before is done again.
        note_searched(connection, work.imported.id)
        connection.commit()
        seconds = {"copy": copied - start, "scores": scored - copied}
        return {
            "searched": searched.height,
            **{f"seconds of {name}": round(taken, 3) for name, taken in seconds.items()},
            **of_copy(update),
            **of_pairs(duck, compared),
            **of_queue(changes),
            **linked,
        }


def _link(connection: Connection, work: AttemptWork, scoring: ScoringModel) -> Figures:
    """Link new patients who are certainly stored ones; nothing unless the account wants it."""
    threshold = link_threshold(work.account, scoring.automatic)
    if threshold is None:
        return {}
    linked = link_new_patients(
        connection, work.account.id, work.imported.id, threshold, scoring.name, datetime.now(UTC)
    )
    return {"linked automatically": linked}
