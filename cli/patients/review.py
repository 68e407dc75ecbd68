"""`rosterline review`: pairs of patients that a person must judge."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated
from uuid import UUID

import typer
from psycopg import Connection

from cli import output
from cli.home import command_user, read_settings, registry
from cli.patients.pair_json import pair_as_json
from cli.patients.pair_view import judged_as, side_by_side, why_asked
from registry.accounts.accounts import get_account
from registry.decisions.asked_pairs import ask
from registry.decisions.clusters import clusters_of, list_tasks, tasks
from registry.decisions.judgements import Reviewer, ask_again, different
from registry.decisions.merge import same
from registry.decisions.patient_summaries import PatientSummary
from registry.decisions.review_queue import (
    REASONS,
    Chosen,
    Pair,
    Which,
    account_of_pair,
    list_pairs,
    open_pairs_of,
    read_pair,
)
from registry.decisions.score_bands import BANDS
from registry.decisions.split import split
from registry.ledger.imports import get_import
from registry.patients.history import owner_of, read_record
from registry.tables.enums import DIFFERENCES
from schemas.errors import NotAllowed, NotFound

app = typer.Typer(no_args_is_help=True)
review_app = typer.Typer(no_args_is_help=True, help="Patients that a person must judge.")
app.add_typer(review_app, name="review")

SHOWN_PAIRS = 50
Patient = Annotated[
    UUID, typer.Argument(metavar="PATIENT", help="The id of one of the two patients.")
]
Other = Annotated[
    UUID | None,
    typer.Argument(
        metavar="OTHER", help="The id of the other one; not needed while only one pair is open."
    ),
]
By = Annotated[
    str | None, typer.Option("--by", help="Who judges. Default: the user of this computer.")
]
Act = Callable[[Connection, Reviewer, UUID, UUID], object]


@review_app.command("list")
def list_queue(  # noqa: PLR0913 - a filter each
    account: Annotated[str, typer.Option("--account", "-a", help="The account's name.")],
    *,
    judged: Annotated[
        bool, typer.Option("--judged", help="Pairs that were judged, the latest first.")
    ] = False,
    by_score: Annotated[
        bool, typer.Option("--by-score", help="Pairs that wait, the highest score first.")
    ] = False,
    reason: Annotated[
        str | None, typer.Option(help=f"Only pairs of a reason: {', '.join(REASONS)}.")
    ] = None,
    band: Annotated[
        str | None, typer.Option(help=f"Only pairs of a score: {', '.join(BANDS)}.")
    ] = None,
    import_key: Annotated[
        str | None, typer.Option("--import", help="Only pairs that this import asks about.")
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, help="Only pairs found within so many days.")
    ] = None,
    bulk_merge: Annotated[
        UUID | None, typer.Option("--sample-of", help="Only the sample of this bulk merge.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = SHOWN_PAIRS,
    as_json: output.Json = False,
) -> None:
    """List pairs that wait to be judged, the oldest first. The output is patient data."""
    which: Which = "judged" if judged else "open"
    if by_score and judged:
        raise NotAllowed("--by-score is for pairs that wait; --judged lists the latest first")
    with registry(read_settings()) as connection:
        account_id = get_account(connection, account).id
        chosen = _chosen(connection, reason, band, import_key, days, bulk_merge)
        if by_score:
            found = [task.pair for task in list_tasks(connection, account_id, limit, chosen=chosen)]
        else:
            found = list_pairs(connection, account_id, which, limit, chosen=chosen)
        ids = {side.id for pair in found for side in (pair.younger, pair.older)}
        clusters = clusters_of(connection, account_id, ids)
    if as_json:
        output.say_json(
            [pair_as_json(pair) | {"cluster": clusters[pair.younger.id]} for pair in found]
        )
        return
    # The two ids are one below the other, because side by side they would fill a terminal.
    headers = ["patient / was first", "name", "born", "why", *(["judged"] if judged else [])]
    rows = [
        (
            f"{pair.younger.id}\n{pair.older.id}",
            pair.older.name,
            pair.older.birth,
            why_asked(pair, len(clusters[pair.younger.id])),
            *([judged_as(pair)] if judged else []),
        )
        for pair in (found if judged else tasks(found, clusters))
    ]
    output.console.print(output.table(headers, rows, whole=headers[:1]))
    if not found:
        output.note("no pair was judged yet" if judged else "no pair waits to be judged")


def _chosen(
    connection: Connection,
    reason: str | None,
    band: str | None,
    import_key: str | None,
    days: int | None,
    bulk_merge: UUID | None,
) -> Chosen:
    """The filters of a list.

    Raises:
        NotFound: there is no such reason, band or import.
    """
    for given, known in ((reason, REASONS), (band, BANDS)):
        if given is not None and given not in known:
            raise NotFound(f"{given!r} is none of: {', '.join(known)}")
    return Chosen(
        reason,
        band,
        get_import(connection, import_key).id if import_key else None,
        datetime.now(UTC) - timedelta(days=days) if days else None,
        sample_of=bulk_merge,
    )


@review_app.command("show")
def show_pair(patient: Patient, other: Other = None, *, as_json: output.Json = False) -> None:
    """Show the two patients of a pair side by side. The output is patient data."""
    with registry(read_settings()) as connection:
        account_id, pair = _pair(connection, patient, other)
        facts = [_facts(connection, account_id, side) for side in (pair.older, pair.younger)]
    if as_json:
        older, younger = facts
        output.say_json(pair_as_json(pair) | {"facts": {"older": older, "younger": younger}})
    else:
        output.console.print(side_by_side(pair, *facts))


@review_app.command("same")
def judge_same(
    patient: Patient,
    other: Other = None,
    *,
    opens: Annotated[
        bool, typer.Option("--open", help="Two patients of your choice, whom no pair names yet.")
    ] = False,
    by: By = None,
    as_json: output.Json = False,
) -> None:
    """Merge the two: the older patient survives, the younger one becomes part of it."""
    _judge(_ask_and_merge if opens else same, patient, other, by, as_json=as_json, asks=opens)


@review_app.command("ask")
def ask_about(
    patient: Patient,
    other: Annotated[UUID, typer.Argument(help="The id of the other one.")],
    *,
    by: By = None,
    as_json: output.Json = False,
) -> None:
    """Put two patients of your choice into the queue: they may be one person."""
    _judge(ask, patient, other, by, as_json=as_json, asks=True)


def _ask_and_merge(connection: Connection, reviewer: Reviewer, one: UUID, other: UUID) -> None:
    ask(connection, reviewer, one, other)
    same(connection, reviewer, one, other)


@review_app.command("different")
def judge_different(
    patient: Patient,
    other: Other = None,
    *,
    why: Annotated[
        str | None, typer.Option(help=f"Why, if you want to say: {', '.join(DIFFERENCES)}.")
    ] = None,
    by: By = None,
    as_json: output.Json = False,
) -> None:
    """Keep the two apart; no later file asks about them again."""
    _judge(partial(different, why=why), patient, other, by, as_json=as_json)


@review_app.command("split")
def split_again(
    patient: Patient, other: Other = None, *, by: By = None, as_json: output.Json = False
) -> None:
    """Take a merge back: there are two patients again, and they count as different."""
    _judge(split, patient, other, by, as_json=as_json)


@review_app.command("ask-again")
def put_back(
    patient: Patient, other: Other = None, *, by: By = None, as_json: output.Json = False
) -> None:
    """Put a pair that was judged different back into the queue."""
    _judge(ask_again, patient, other, by, as_json=as_json)


def _judge(
    act: Act,
    patient: UUID,
    other: UUID | None,
    by: str | None,
    *,
    as_json: bool,
    asks: bool = False,
) -> None:
    with registry(read_settings()) as connection:
        if asks:
            account_id, one, two = _chosen_patients(connection, patient, other)
        else:
            account_id, pair = _pair(connection, patient, other)
            one, two = pair.younger.id, pair.older.id
        act(connection, Reviewer(account_id, by or command_user(), datetime.now(UTC)), one, two)
        judged = read_pair(connection, account_id, one, two)
    if as_json:
        output.say_json(pair_as_json(judged))
    else:
        output.console.print(_said(judged))


def _chosen_patients(
    connection: Connection, patient: UUID, other: UUID | None
) -> tuple[int, UUID, UUID]:
    """The account and the ids of two patients whom no pair has to name.

    Raises:
        NotAllowed: only one is named.
        NotFound: there is no such patient.
    """
    if other is None:
        raise NotAllowed("name both patients")
    return owner_of(connection, patient)[0], patient, other


def _pair(connection: Connection, patient: UUID, other: UUID | None) -> tuple[int, Pair]:
    """The account and the pair that the ids name.

    Raises:
        NotFound: there is no such pair.
        NotAllowed: only one id is given, and several open pairs name that patient.
    """
    account_id = account_of_pair(connection, patient)
    if other is not None:
        return account_id, read_pair(connection, account_id, patient, other)
    found = open_pairs_of(connection, account_id, patient)
    if not found:
        raise NotFound(f"no open pair names patient {patient}; name both patients")
    if len(found) > 1:
        raise NotAllowed(f"{len(found)} open pairs name patient {patient}; name the other one, too")
    return account_id, found[0]


def _facts(connection: Connection, account_id: int, side: PatientSummary) -> dict[str, str]:
    if not side.is_there:
        return {}
    record = read_record(connection, account_id, side.id)
    return {fact.address: fact.value for fact in record.facts}


def _said(pair: Pair) -> str:
    said = {
        "same": f"Merged: {pair.younger.id} is patient {pair.older.id} from now on.",
        "different": f"{pair.younger.id} and {pair.older.id} are two patients.",
        "open": f"{pair.younger.id} and {pair.older.id} wait to be judged.",
    }
    return said[pair.state]
