"""`rosterline notify`: channels over which operators are told."""

import socket

import typer

from cli import output
from cli.home import read_settings
from schemas.errors import NotAllowed

app = typer.Typer(no_args_is_help=True)
notify = typer.Typer(no_args_is_help=True, help="Channels over which operators are told.")
app.add_typer(notify, name="notify")


@notify.command("test")
def send_test(*, as_json: output.Json = False) -> None:
    """Send a test message over each channel. Exits with 1 when one does not take it."""
    # Apprise takes a second to load.
    from registry.notifications.channels import channels_of  # noqa: PLC0415

    channels = channels_of(read_settings())
    if not channels:
        raise NotAllowed("no channel is set; ROSTERLINE_NOTIFY_URLS names them")
    title, body = "Rosterline: test", f"A test message from {socket.gethostname()}."
    said = [(each.name, each.send(title, body)) for each in channels]
    if as_json:
        output.say_json([{"channel": name, "fault": fault} for name, fault in said])
    else:
        rows = [
            (output.word("fail" if fault else "ok"), name, fault or "took the message")
            for name, fault in said
        ]
        output.console.print(output.table(("", "channel", "found"), rows))
    if any(fault for _, fault in said):
        raise typer.Exit(1)
