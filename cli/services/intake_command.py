"""`rosterline intake`: the intake service in this terminal, for supervisors of other makes."""

import typer

from cli.home import read_settings
from cli.services.intake import run

app = typer.Typer(no_args_is_help=True)


@app.command("intake")
def take_in() -> None:
    """Take files in from drop folders until stopped.

    `rosterline up` starts it as a service. Several may run at once, also on several machines that
    share the home folder: one looks, and another takes over when it ends.
    """
    run(read_settings())
