"""`rosterline review`: pairs of patients that a person must judge."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import typer
from psycopg import Connection
from rich.console import Group, RenderableType
from rich.text import Text

from cli import output
from cli.home import command_user, read_settings, registry
from registry.accounts.accounts import get_account
from registry.decisions.judgements import Reviewer, ask_again, different
from registry.decisions.merge import same
from registry.decisions.patient_summaries import PatientSummary
from registry.decisions.review_queue import (
    REASONS,
    Pair,
    Which,
    account_of_pair,
    list_pairs,
    open_pairs_of,
    read_pair,
)
from registry.decisions.split import split
from registry.patients.history import read_record
from schemas.errors import NotAllowed, NotFound

app = typer.Typer(no_args_is_help=True)
review_app = typer.Typer(no_args_is_help=True, help="Pairs of patients that a person must judge.")
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
def list_queue(
    account: Annotated[str, typer.Option("--account", "-a", help="The account's name.")],
    *,
    judged: Annotated[
        bool, typer.Option("--judged", help="Pairs that were judged, the latest first.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = SHOWN_PAIRS,
    as_json: output.Json = False,
) -> None:
    """List pairs that wait to be judged, the oldest first. The output is patient data."""
    which: Which = "judged" if judged else "open"
    with registry(read_settings()) as connection:
        found = list_pairs(connection, get_account(connection, account).id, which, limit)
    if as_json:
        output.say_json([_as_json(pair) for pair in found])
        return
    # The two ids are one below the other, because side by side they would fill a terminal.
    headers = ["patient / was first", "name", "born", "why", *(["judged"] if judged else [])]
    rows = [
        (
            f"{pair.younger.id}\n{pair.older.id}",
            pair.older.name,
            pair.older.birth,
            REASONS[pair.reason],
            *([f"{pair.state}, {pair.judged_by}"] if judged else []),
        )
        for pair in found
    ]
    output.console.print(output.table(headers, rows, whole=headers[:1]))
    if not found:
        output.note("no pair was judged yet" if judged else "no pair waits to be judged")


@review_app.command("show")
def show_pair(patient: Patient, other: Other = None, *, as_json: output.Json = False) -> None:
    """Show the two patients of a pair side by side. The output is patient data."""
    with registry(read_settings()) as connection:
        account_id, pair = _pair(connection, patient, other)
        facts = [_facts(connection, account_id, side) for side in (pair.older, pair.younger)]
    if as_json:
        older, younger = facts
        output.say_json(_as_json(pair) | {"facts": {"older": older, "younger": younger}})
    else:
        output.console.print(_shown(pair, *facts))


@review_app.command("same")
def judge_same(
    patient: Patient, other: Other = None, *, by: By = None, as_json: output.Json = False
) -> None:
    """Merge the two: the older patient survives, the younger one becomes part of it."""
    _judge(same, patient, other, by, as_json=as_json)


@review_app.command("different")
def judge_different(
    patient: Patient, other: Other = None, *, by: By = None, as_json: output.Json = False
) -> None:
    """Keep the two apart; no later file asks about them again."""
    _judge(different, patient, other, by, as_json=as_json)


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


def _judge(act: Act, patient: UUID, other: UUID | None, by: str | None, *, as_json: bool) -> None:
    with registry(read_settings()) as connection:
        account_id, pair = _pair(connection, patient, other)
        reviewer = Reviewer(account_id, by or command_user(), datetime.now(UTC))
        act(connection, reviewer, pair.younger.id, pair.older.id)
        judged = read_pair(connection, account_id, pair.younger.id, pair.older.id)
    if as_json:
        output.say_json(_as_json(judged))
    else:
        output.console.print(_said(judged))


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


def _shown(pair: Pair, older: dict[str, str], younger: dict[str, str]) -> RenderableType:
    rows = [
        (
            Text(address, "" if older.get(address) == younger.get(address) else "yellow"),
            older.get(address, output.NOTHING),
            younger.get(address, output.NOTHING),
            "" if older.get(address) == younger.get(address) else "differs",
        )
        for address in dict.fromkeys((*older, *younger))
    ]
    headers = ("field", f"was first: {pair.older.id}", f"came later: {pair.younger.id}", "")
    return Group(Text(f"{REASONS[pair.reason]}; {pair.state}"), output.table(headers, rows))


def _said(pair: Pair) -> str:
    said = {
        "same": f"Merged: {pair.younger.id} is patient {pair.older.id} from now on.",
        "different": f"{pair.younger.id} and {pair.older.id} are two patients.",
        "open": f"{pair.younger.id} and {pair.older.id} wait to be judged.",
    }
    return said[pair.state]


def _as_json(pair: Pair) -> dict[str, Any]:
    return {
        "state": pair.state,
        "reason": pair.reason,
        "older": _side(pair.older),
        "younger": _side(pair.younger),
        "import": pair.import_id,
        "file_name": pair.file_name,
        "line": pair.line,
        "found_at": pair.created_at,
        "judged_at": pair.judged_at,
        "judged_by": pair.judged_by,
    }


def _side(side: PatientSummary) -> dict[str, Any]:
    return {
        "patient": side.id,
        "in_registry": side.is_there,
        "name": side.name,
        "birth": side.birth,
        "gender": side.gender,
        "identifiers": dict(side.identifiers),
    }
