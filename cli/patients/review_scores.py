"""`rosterline review bulk` and `scores`: pairs decided by their score, and how good it is."""

import math
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import typer

from cli import output
from cli.home import command_user, read_settings, registry
from cli.patients.review import By, review_app
from registry.accounts.accounts import get_account
from registry.decisions.bulk_merges import (
    SAMPLE_SIZES,
    BulkMerge,
    account_of_bulk_merge,
    cancel,
    list_bulk_merges,
    merge_batch,
    open_bulk_merge,
    read_bulk_merge,
)
from registry.decisions.decided_scores import DecidedRange, decided_by_score, thresholds_of
from registry.decisions.judgements import Reviewer
from registry.decisions.score_bands import BANDS

bulk_app = typer.Typer(
    no_args_is_help=True, help="All pairs from a score, merged after a sample was judged."
)
review_app.add_typer(bulk_app, name="bulk")

Account = Annotated[str, typer.Option("--account", "-a", help="The account's name.")]
Id = Annotated[UUID, typer.Argument(metavar="BULK", help="The id of the bulk merge.")]


@bulk_app.command("draw")
def draw(
    account: Account,
    from_score: Annotated[float, typer.Option("--from-score", help="The lowest score.")],
    *,
    sample: Annotated[
        int, typer.Option(help=f"How many are judged first: {', '.join(map(str, SAMPLE_SIZES))}.")
    ] = SAMPLE_SIZES[0],
    by: By = None,
    as_json: output.Json = False,
) -> None:
    """Fix all pairs from a score, and draw the sample that is judged first.

    `rosterline review list --account NAME --sample-of BULK` lists the sample.
    """
    with registry(read_settings()) as connection:
        account_id = get_account(connection, account).id
        bulk = open_bulk_merge(connection, _reviewer(account_id, by), from_score, sample)
    _say(bulk, as_json=as_json)


@bulk_app.command("list")
def list_bulks(account: Account, *, as_json: output.Json = False) -> None:
    """List the latest bulk merges of an account."""
    with registry(read_settings()) as connection:
        found = list_bulk_merges(connection, get_account(connection, account).id)
    if as_json:
        output.say_json([_as_json(bulk) for bulk in found])
        return
    headers = ["bulk merge", "from score", "sample judged", "merged", "state", "by"]
    rows = [
        (str(bulk.id), f"{bulk.lowest_weight:g}",
         f"{bulk.sample_size - bulk.sample_open} of {bulk.sample_size}",
         f"{bulk.merged} of {bulk.rest}", bulk.state, bulk.created_by)
        for bulk in found
    ]  # fmt: skip
    output.console.print(output.table(headers, rows, whole=headers[:1]))
    if not found:
        output.note("no bulk merge was opened yet")


@bulk_app.command("show")
def show(bulk_merge: Id, *, as_json: output.Json = False) -> None:
    """Show how far a bulk merge is, and what stands in its way."""
    with registry(read_settings()) as connection:
        account_id = account_of_bulk_merge(connection, bulk_merge)
        bulk = read_bulk_merge(connection, account_id, bulk_merge)
    _say(bulk, as_json=as_json)


@bulk_app.command("merge")
def merge(bulk_merge: Id, *, by: By = None, as_json: output.Json = False) -> None:
    """Merge the rest, once the whole sample was judged the same person.

    Cut off, it is continued by the same command. Each merge can be split by itself.
    """
    with registry(read_settings()) as connection:
        account_id = account_of_bulk_merge(connection, bulk_merge)
        state = "open"
        while state == "open":
            bulk = merge_batch(connection, _reviewer(account_id, by), bulk_merge)
            connection.commit()  # the account is free between two batches
            state = bulk.state
    _say(bulk, as_json=as_json)


@bulk_app.command("cancel")
def cancel_rest(bulk_merge: Id, *, by: By = None, as_json: output.Json = False) -> None:
    """Leave the rest in the queue. What is merged stays merged."""
    with registry(read_settings()) as connection:
        account_id = account_of_bulk_merge(connection, bulk_merge)
        bulk = cancel(connection, _reviewer(account_id, by), bulk_merge)
    _say(bulk, as_json=as_json)


@review_app.command("scores")
def show_scores(account: Account, *, as_json: output.Json = False) -> None:
    """Show how many of the pairs that people judged were one person, by score."""
    with registry(read_settings()) as connection:
        found = get_account(connection, account)
        ranges = decided_by_score(connection, found.id)
        thresholds = thresholds_of(connection, found)
    limits = {
        "a person is asked from": thresholds.review,
        "the model allows automatic links from": thresholds.automatic,
        "the account links from": thresholds.link,
        **{f"{band} from": lowest for band, lowest in BANDS.items() if math.isfinite(lowest)},
    }
    if as_json:
        output.say_json({
            "ranges": [_range_as_json(each) for each in ranges],
            "thresholds": {"review": thresholds.review, "automatic": thresholds.automatic,
                           "link": thresholds.link},
        })  # fmt: skip
        return
    headers = ["score", "judged", "same person", "different", "precision", "95 % confidence"]
    rows = [
        (each.title, str(each.judged), str(each.same), str(each.different),
         f"{each.precision:.1%}" if each.precision is not None else output.NOTHING,
         "{:.1%} to {:.1%}".format(*each.interval) if each.interval else output.NOTHING)
        for each in reversed(ranges) if each.judged
    ]  # fmt: skip
    output.console.print(output.table(headers, rows))
    if not rows:
        output.note("no scored pair was judged yet")
    known = {name: f"{limit:g}" for name, limit in limits.items() if limit is not None}
    output.console.print(output.facts(known))


def _say(bulk: BulkMerge, *, as_json: bool) -> None:
    if as_json:
        output.say_json(_as_json(bulk))
        return
    shown = {
        "bulk merge": str(bulk.id),
        "pairs from score": f"{bulk.pairs} from {bulk.lowest_weight:g}",
        "sample": f"{bulk.sample_size} pairs: {bulk.sample_same} the same, "
        f"{bulk.sample_different} different, {bulk.sample_open} to judge",
        "rest": f"{bulk.merged} of {bulk.rest} merged, {bulk.left_out} left out",
        "state": bulk.state,
        "at most wrong": f"{bulk.highest_error:.0%} of the rest, with 95 % confidence, if the "
        "sample is right",
    }
    if bulk.state == "open":
        shown["next"] = bulk.refusal or f"rosterline review bulk merge {bulk.id}"
    output.console.print(output.facts(shown))


def _as_json(bulk: BulkMerge) -> dict[str, Any]:
    return {
        "bulk_merge": bulk.id,
        "state": bulk.state,
        "from_score": bulk.lowest_weight,
        "sample_size": bulk.sample_size,
        "sample_open": bulk.sample_open,
        "sample_same": bulk.sample_same,
        "sample_different": bulk.sample_different,
        "rest": bulk.rest,
        "merged": bulk.merged,
        "left_out": bulk.left_out,
        "left": bulk.left,
        "highest_error": bulk.highest_error,
        "refusal": bulk.refusal,
    }


def _range_as_json(each: DecidedRange) -> dict[str, Any]:
    return {
        "from": each.lowest if math.isfinite(each.lowest) else None,
        "below": each.highest if math.isfinite(each.highest) else None,
        "judged": each.judged,
        "same": each.same,
        "different": each.different,
        "precision": each.precision,
        "interval": each.interval,
    }


def _reviewer(account_id: int, by: str | None) -> Reviewer:
    return Reviewer(account_id, by or command_user(), datetime.now(UTC))
