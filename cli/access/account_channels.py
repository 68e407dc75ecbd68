"""`rosterline account notify`: whom of an account to tell what became of its files."""

import socket
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TypedDict

import typer

from cli import output
from cli.home import read_settings, registry
from registry.accounts.accounts import get_account
from registry.notifications import account_channels
from registry.notifications.account_channels import KINDS, AccountChannel
from registry.notifications.channels import shown_address
from registry.settings import Settings
from schemas.errors import NotFound

if TYPE_CHECKING:
    from registry.notifications.channels import Channel

app = typer.Typer(
    no_args_is_help=True, help="Channels over which an account is told what became of its files."
)

USUAL_KINDS = ("failed", "held", "no_file")
Kind = StrEnum("Kind", {name: name for name in KINDS})  # type: ignore[misc]
Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's name.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="What people call the channel.")]


@app.command("add")
def add_channel(
    account: Account,
    name: Name,
    address: Annotated[
        str,
        typer.Argument(
            metavar="ADDRESS",
            help="An e-mail address, or an address of Apprise for Slack, Teams, a webhook ….",
        ),
    ],
    *,
    on: Annotated[
        list[Kind] | None,
        typer.Option(help="What to tell; repeat for several. Default: failed, held, no_file."),
    ] = None,
    daily: Annotated[
        bool, typer.Option("--daily/--at-once", help="One message a day, or each at once.")
    ] = False,
) -> None:
    """Add a channel; messages have counts and links only.

    An e-mail address is reached over the mail server of ROSTERLINE_SMTP_HOST. It is not tried:
    `rosterline account notify test` does that.
    """
    settings = read_settings()
    with registry(settings) as connection:
        whose = get_account(connection, account)
        kinds = [kind for kind in KINDS if kind in (on or USUAL_KINDS)]
        now = datetime.now(UTC)
        account_channels.add_channel(connection, whose, name, address, kinds, now, daily=daily)
        # An address that cannot be read is not kept.
        _opened(settings, _find(account_channels.list_channels(connection, whose.id), name))


@app.command("list")
def list_channels(account: Account, *, as_json: output.Json = False) -> None:
    """List an account's channels, without their passwords and tokens."""
    settings = read_settings()
    with registry(settings) as connection:
        found = account_channels.list_channels(connection, get_account(connection, account).id)
    shown = [_shown(settings, each) for each in found]
    if as_json:
        output.say_json(shown)
    else:
        rows = [(n["name"], n["address"], ", ".join(n["tells"]), n["when"]) for n in shown]
        output.console.print(output.table(("channel", "address", "tells", "when"), rows))


@app.command("remove")
def remove_channel(account: Account, name: Name) -> None:
    """Remove a channel; nothing more is told over it."""
    with registry(read_settings()) as connection:
        account_channels.remove_channel(connection, get_account(connection, account), name)


@app.command("test")
def send_test(account: Account, name: Name) -> None:
    """Send a test message over a channel. Exits with 1 when it does not take it."""
    settings = read_settings()
    with registry(settings) as connection:
        found = account_channels.list_channels(connection, get_account(connection, account).id)
    body = f"A test message from {socket.gethostname()} for account {account}."
    fault = _opened(settings, _find(found, name)).send("Rosterline: test", body)
    output.console.print(fault or f"{name} took the message")
    if fault:
        raise typer.Exit(1)


class _Shown(TypedDict):
    name: str
    address: str
    tells: list[str]
    when: str


def _shown(settings: Settings, channel: AccountChannel) -> _Shown:
    return {
        "name": channel.name,
        "address": shown_address(settings, channel),
        "tells": list(channel.kinds),
        "when": "once a day" if channel.daily else "at once",
    }


def _find(channels: list[AccountChannel], name: str) -> AccountChannel:
    found = next((each for each in channels if each.name == name), None)
    if found is None:
        raise NotFound(f"there is no channel {name!r}")
    return found


def _opened(settings: Settings, channel: AccountChannel) -> "Channel":
    # Apprise takes a second to load.
    from registry.notifications.channels import channel_of_account  # noqa: PLC0415

    return channel_of_account(settings, channel)
