"""`rosterline account sftp sessions` and `end`: who is signed in now, and ending that."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

import typer

from cli import output
from cli.home import command_user, read_settings, registry
from registry.accounts import accounts
from registry.accounts.sftp_sessions import ask_to_end, list_sessions
from schemas.errors import NotFound


def show_sessions(
    account: Annotated[
        str | None, typer.Option("--account", "-a", help="Only this account's sessions.")
    ] = None,
    *,
    as_json: output.Json = False,
) -> None:
    """Show who is signed in now, from where, and by which password or key."""
    with registry(read_settings()) as connection:
        of = accounts.get_account(connection, account) if account else None
        names = {each.id: each.name for each in accounts.list_accounts(connection)}
        found = list_sessions(connection, of)
    if as_json:
        output.say_json([asdict(each) | {"account": names[each.account_id]} for each in found])
        return
    headers = ("since (UTC)", "user", "account", "from", "signed in by", "session")
    rows = [
        (
            f"{each.began_at:%m-%d %H:%M}",
            each.user_name,
            names[each.account_id],
            each.address,
            output.short(each.signed_in_by, 20),
            str(each.id),
        )
        for each in found
    ]
    output.console.print(output.table(headers, rows))


def end_sessions(
    user: Annotated[str, typer.Argument(help="The user's name.")],
    *,
    session: Annotated[
        UUID | None, typer.Option(help="Only this session, as `sessions` shows it.")
    ] = None,
    as_json: output.Json = False,
) -> None:
    """End a user's sessions within seconds. To keep the user out, `disable` them."""
    with registry(read_settings()) as connection:
        ended = ask_to_end(connection, command_user(), user_name=user, session_id=session)
        if not ended:
            raise NotFound(f"user {user!r} has no such session")
    output.say_facts({"user": user, "sessions that end": str(ended)}, as_json=as_json)
