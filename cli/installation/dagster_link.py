"""`rosterline ui`: the link with which a person opens the Dagster UI."""

import webbrowser
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.text import Text

from cli import output
from cli.home import read_settings
from cli.services import listening
from gateway.http.dagster_tickets import COMMAND_TICKET_TIME, sign_in_link, tickets
from registry.settings import Settings
from schemas.errors import ServiceUnavailable

app = typer.Typer(no_args_is_help=True)


@app.command("ui")
def show_link(
    *,
    open_it: Annotated[bool, typer.Option("--open", help="Open it in a browser.")] = False,
    as_json: output.Json = False,
) -> None:
    """Print a link that opens the Dagster UI.

    The link is valid for 15 minutes and opens the UI once; the browser then stays signed in.
    Operators of the portal need none: they are let in from there.
    """
    settings = read_settings()
    if not listening.answers(settings, listening.WEBSERVER):
        raise ServiceUnavailable("The Dagster UI does not run. `rosterline up` starts it.")
    link = dagster_link(settings)
    if as_json:
        output.say_json({"link": link})
    else:
        output.console.print(Text(link, f"link {link}"), soft_wrap=True)
    if open_it:
        webbrowser.open(link)


def dagster_link(settings: Settings) -> str:
    """A link that opens the Dagster UI once, within 15 minutes.

    Raises:
        StorageUnavailable: the home folder cannot be read or written.
    """
    ticket = tickets(settings).sign_in(None, datetime.now(UTC) + COMMAND_TICKET_TIME)
    return sign_in_link(settings, ticket)
