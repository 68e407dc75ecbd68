"""`rosterline account sign-in`: what an account asks of its users when they sign in."""

from enum import StrEnum
from typing import Annotated

import typer

from cli import output
from cli.home import read_settings, registry
from registry.accounts.accounts import get_account
from registry.accounts.sign_in_rules import change_rules, rules_from
from schemas.errors import NotAllowed

app = typer.Typer()


class SingleSignOn(StrEnum):
    """Whether users may, or must, sign in by single sign-on."""

    off = "off"
    allowed = "allowed"
    required = "required"


@app.command("sign-in")
def set_sign_in(
    name: Annotated[str, typer.Argument(help="The account's name.")],
    *,
    second_factor: Annotated[
        bool | None,
        typer.Option(
            "--second-factor/--no-second-factor",
            help="Whether its users need a second factor; those without set one up at their next "
            "click.",
        ),
    ] = None,
    single_sign_on: Annotated[
        SingleSignOn | None,
        typer.Option(help="Whether its users may, or must, sign in by single sign-on."),
    ] = None,
    as_json: output.Json = False,
) -> None:
    """Show or change how an account's users sign in at the portal."""
    settings = read_settings()
    if single_sign_on not in (None, SingleSignOn.off) and not settings.oidc_issuer:
        raise NotAllowed(
            "there is no provider of single sign-on; set ROSTERLINE_OIDC_ISSUER, "
            "ROSTERLINE_OIDC_CLIENT_ID and ROSTERLINE_OIDC_CLIENT_SECRET first"
        )
    with registry(settings) as connection:
        account = change_rules(
            connection,
            get_account(connection, name),
            need_second_factor=second_factor,
            single_sign_on=single_sign_on.value if single_sign_on else None,
        )
    rules = rules_from(settings, account.settings)
    shown = {
        "account": account.name,
        "second factor": "needed" if rules.needs_second_factor else "as each user likes",
        "single sign-on": rules.single_sign_on,
    }
    if as_json:
        output.say_json(shown)
    else:
        output.console.print(output.facts(shown))
