"""The sweep: all patients of an account against each other, and what is new into the queue.

    matching copy ─▶ candidates of everybody ─▶ scores ─▶ found_pair ─▶ clusters, counted
                     (100,000 at a time)                       └─▶ review, in one transaction

It takes the same steps as the search of an import, with everybody in question. So a pair has the
same score from both, and a pair that was judged stays judged.
"""

from dataclasses import dataclass, field
from time import perf_counter

from psycopg import Connection

from assets.duplicate_clusters import on_spark
from assets.duplicate_clusters.clusters import choose_everybody, count_clusters
from assets.error_redaction import explained
from assets.potential_duplicates.figures import of_copy, of_pairs, of_queue
from assets.potential_duplicates.matching_copy import open_copy
from assets.potential_duplicates.model_file import load_account_model
from assets.potential_duplicates.score import (
    OPEN_PAIRS,
    Find,
    find_in_parts,
    found_pairs,
    score_searched,
)
from assets.stage_runs import Figures
from registry.accounts.accounts import Account, get_account
from registry.database.bulk_copy import copy_out
from registry.decisions.similar_pairs import write_scores
from registry.settings import Settings

NAME = "duplicate_clusters"


@dataclass(frozen=True)
class SweepReport:
    """What the sweep of an account found."""

    account: Account
    seconds: float
    figures: Figures = field(default_factory=dict)


def sweep_account(connection: Connection, settings: Settings, name: str) -> SweepReport:
    """Search the whole registry of the account for duplicates, and put new pairs into the queue.

    Raises:
        RosterlineError: any fault; its text contains no value of a patient. The queue is as it was.
        NotFound: there is no such account.
    """

    def run() -> SweepReport:
        account = get_account(connection, name)
        connection.commit()
        start = perf_counter()
        figures = _sweep(connection, settings, account)
        return SweepReport(account, perf_counter() - start, figures)

    return explained(run, NAME, name, debug=settings.debug, of="account")


def _sweep(connection: Connection, settings: Settings, account: Account) -> Figures:
    model, scoring = load_account_model(settings, account.id)
    start = perf_counter()
    with open_copy(settings, connection, account.id) as (duck, update):
        copied = perf_counter()
        choose_everybody(duck)
        open_pairs = copy_out(connection, OPEN_PAIRS, {"account_id": account.id})
        connection.commit()
        find: Find = find_in_parts
        if settings.sweep_engine == "spark":
            find = on_spark.finder(settings, account.id)
        compared = score_searched(duck, model, open_pairs, find)
        clusters = count_clusters(duck)
        scored = perf_counter()
        changes = write_scores(connection, account.id, None, scoring, found_pairs(duck))
        connection.commit()
        return {
            "engine": settings.sweep_engine,
            "seconds of copy": round(copied - start, 3),
            "seconds of scores": round(scored - copied, 3),
            **of_copy(update),
            **of_pairs(duck, compared),
            **of_queue(changes),
            "clusters of two": clusters.pairs,
            "clusters of more": clusters.larger,
            "patients in the largest": clusters.largest,
        }
