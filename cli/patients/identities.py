"""`rosterline review identities`: rows with another person's name and birth than their patient."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import typer
from psycopg import Connection

from cli import output
from cli.home import command_user, read_settings, registry
from cli.patients.review import SHOWN_PAIRS, By, review_app
from registry.accounts.accounts import get_account
from registry.decisions.identity_judgements import ask_again, right, would_become, wrong
from registry.decisions.identity_reviews import (
    IdentityReview,
    account_of_identity,
    list_identities,
    read_identity,
)
from registry.decisions.judgements import Reviewer
from registry.decisions.review_queue import Which

Id = Annotated[
    UUID, typer.Argument(metavar="ID", help="Of the row; `rosterline review identities` shows it.")
]
Act = Callable[[Connection, Reviewer, UUID], IdentityReview]


@review_app.command("identities")
def list_changed(
    account: Annotated[str, typer.Option("--account", "-a", help="The account's name.")],
    *,
    judged: Annotated[
        bool, typer.Option("--judged", help="Rows that were judged, the latest first.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = SHOWN_PAIRS,
    as_json: output.Json = False,
) -> None:
    """List rows that share nothing but an identifier with their patient.

    The oldest first. The output is patient data.
    """
    which: Which = "judged" if judged else "open"
    with registry(read_settings()) as connection:
        found = list_identities(connection, get_account(connection, account).id, which, limit)
    if as_json:
        output.say_json([_as_json(each) for each in found])
        return
    headers = ["id", "patient now", "born", "file", "line", "row was", "judged"]
    rows = [
        (
            str(each.id),
            each.patient.name,
            each.patient.birth,
            each.file_name,
            str(each.line),
            "written" if each.is_applied else "left out",
            f"{each.state}, {each.judged_by}" if each.judged_by else output.NOTHING,
        )
        for each in found
    ]
    output.console.print(output.table(headers, rows, whole=headers[:1]))
    if not found:
        output.note("no row was judged yet" if judged else "no row waits to be judged")


@review_app.command("identity")
def show_identity(row: Id, *, as_json: output.Json = False) -> None:
    """Show the patient without and with a row that waits. The output is patient data."""
    with registry(read_settings()) as connection:
        account_id = account_of_identity(connection, row)
        found = read_identity(connection, account_id, row)
        persons: tuple[dict[str, str], dict[str, str]] = ({}, {})
        if found.state == "open":
            persons = would_become(connection, _reviewer(account_id, None), found)
    without, with_row = persons
    if as_json:
        output.say_json(_as_json(found) | {"without_row": without, "with_row": with_row})
        return
    rows = [
        (address, without.get(address, output.NOTHING), with_row.get(address, output.NOTHING))
        for address in dict.fromkeys((*without, *with_row))
        if without.get(address) != with_row.get(address)
    ]
    output.console.print(output.table(("field", "without the row", "with the row"), rows))
    output.note(_said(found))


@review_app.command("right")
def judge_right(row: Id, *, by: By = None, as_json: output.Json = False) -> None:
    """The patient is who the row says: take its values, or keep them if they were written."""
    _judge(right, row, by, as_json=as_json)


@review_app.command("wrong")
def judge_wrong(row: Id, *, by: By = None, as_json: output.Json = False) -> None:
    """The patient is not who the row says: leave them, or put the former person back."""
    _judge(wrong, row, by, as_json=as_json)


@review_app.command("reopen")
def reopen(row: Id, *, by: By = None, as_json: output.Json = False) -> None:
    """Take a judgement about a row back; it waits again."""
    _judge(ask_again, row, by, as_json=as_json)


def _judge(act: Act, row: UUID, by: str | None, *, as_json: bool) -> None:
    with registry(read_settings()) as connection:
        reviewer = _reviewer(account_of_identity(connection, row), by)
        judged = act(connection, reviewer, row)
    if as_json:
        output.say_json(_as_json(judged))
    else:
        output.console.print(_said(judged))


def _reviewer(account_id: int, by: str | None) -> Reviewer:
    return Reviewer(account_id, by or command_user(), datetime.now(UTC))


def _said(review: IdentityReview) -> str:
    if review.state == "open":
        return f"Line {review.line} of {review.file_name} waits to be judged."
    return f"Line {review.line} of {review.file_name} is {review.state}, says {review.judged_by}."


def _as_json(review: IdentityReview) -> dict[str, Any]:
    return {
        "id": review.id,
        "state": review.state,
        "patient": review.patient.id,
        "name": review.patient.name,
        "was_written": review.is_applied,
        "import": review.import_id,
        "file_name": review.file_name,
        "line": review.line,
        "found_at": review.created_at,
        "judged_at": review.judged_at,
        "judged_by": review.judged_by,
    }
