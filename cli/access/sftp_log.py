"""`rosterline account sftp log`, `bans` and `unban`: what happened at the SFTP server."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.text import Text

from cli import output
from cli.home import read_settings, registry
from registry.accounts import accounts, activity_log
from registry.accounts.activity_log import AccessEvent
from registry.accounts.bans import list_bans, unban


def show_log(
    account: Annotated[
        str | None, typer.Option("--account", "-a", help="Only this account's events.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 50,
    *,
    as_json: output.Json = False,
) -> None:
    """Show the activity log: who signed in, sent and fetched files, and what was refused."""
    with registry(read_settings()) as connection:
        of = accounts.get_account(connection, account).id if account else None
        events = activity_log.list_events(connection, account_id=of, limit=limit)
    _print_events(events, as_json=as_json)


def show_bans(*, as_json: output.Json = False) -> None:
    """Show who is banned now: an address and a user together, or one with any other."""
    settings = read_settings()
    with registry(settings) as connection:
        bans = list_bans(connection, settings)
    if as_json:
        output.say_json([asdict(ban) for ban in bans])
        return
    headers = ("from", "user", "what", "tries", "until (UTC)")
    rows = [
        (
            ban.address or "anywhere",
            output.short(ban.user_name or "any", 32),
            ban.kind.replace("_", " "),
            str(ban.tries),
            f"{ban.until:%m-%d %H:%M}",
        )
        for ban in bans
    ]
    output.console.print(output.table(headers, rows, right=("tries",)))


def lift_ban(
    *,
    address: Annotated[str | None, typer.Option(help="The address to unban.")] = None,
    user: Annotated[str | None, typer.Option(help="The user to unban.")] = None,
    as_json: output.Json = False,
) -> None:
    """Lift the bans of an address, those of a user, or both."""
    if address is None and user is None:
        raise typer.BadParameter("name what to unban: --address, --user, or both")
    with registry(read_settings()) as connection:
        if address is not None:
            unban(connection, address=address)
        if user is not None:
            unban(connection, user=user)
    output.say_facts({"address": address, "user": user}, as_json=as_json)


def _print_events(events: list[AccessEvent], *, as_json: bool) -> None:
    if as_json:
        output.say_json([asdict(event) for event in events])
        return
    headers = ("UTC", "what", "user", "address", "file", "bytes", "detail")
    rows = [
        (
            f"{event.at:%m-%d %H:%M}",
            Text(event.action, "red" if event.refused or event.action == "ban" else ""),
            output.short(event.user_name or output.NOTHING, 28),
            event.address or output.NOTHING,
            output.short(event.file_name or "", 18),
            "" if event.byte_count is None else f"{event.byte_count:,}",
            event.detail or "",
        )
        for event in events
    ]
    output.console.print(output.table(headers, rows, right=("bytes",), dense=True))
