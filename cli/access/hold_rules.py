"""`rosterline account hold`: whether files are whole lists, and which ones wait for a person."""

from typing import Annotated, get_args

import typer

from cli import output
from cli.home import read_settings, registry
from registry.accounts.accounts import get_account
from registry.accounts.hold_rules import (
    Measure,
    change_hold_rules,
    hold_rules_of,
)
from schemas.errors import NotAllowed

app = typer.Typer()

_MEASURES = get_args(Measure)
_SAID = {
    "rows": "{:g} % more or fewer rows than usual",
    "missing": "{:g} points more patients missing than usual",
    "identities": "{:g} points more changed identities than usual",
    "errors": "{:g} points more failed rows than usual",
}


@app.command("hold")
def set_hold_rules(  # noqa: PLR0913 - one parameter an option
    name: Annotated[str, typer.Argument(help="The account's name.")],
    *,
    full_roster: Annotated[
        bool | None,
        typer.Option(
            "--full-roster/--part-roster",
            help="Whether each file is the whole list of patients. Who is missing is counted and "
            "told, and never removed.",
        ),
    ] = None,
    rows: Annotated[
        float | None,
        typer.Option(min=0, help="Percent that a file may have more or fewer rows than usual."),
    ] = None,
    missing: Annotated[
        float | None,
        typer.Option(min=0, help="Points that the share of missing patients may be higher."),
    ] = None,
    identities: Annotated[
        float | None,
        typer.Option(min=0, help="Points that the share of changed identities may be higher."),
    ] = None,
    errors: Annotated[
        float | None,
        typer.Option(min=0, help="Points that the share of failed rows may be higher."),
    ] = None,
    never: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MEASURE",
            help="Hold no file because of this: rows, missing, identities, errors; repeat for "
            "several.",
        ),
    ] = None,
    usual: Annotated[
        bool, typer.Option("--usual", help="First give it the usual thresholds again.")
    ] = False,
    as_json: output.Json = False,
) -> None:
    """Show or change which of an account's files are held for a person.

    A file is compared with the median of the account's last ten good files, once there are five.
    One that is further off is held before a patient is written; `rosterline held` lists it.
    Accounts that send whole lists have usual thresholds. Of others nothing is held until one is
    set.
    """
    given = {"rows": rows, "missing": missing, "identities": identities, "errors": errors}
    unknown = set(never or ()) - set(_MEASURES)
    if unknown:
        raise NotAllowed(f"--never {min(unknown)!r}: write one of {', '.join(_MEASURES)}")
    thresholds: dict[Measure, float | None] = {
        measure: None if measure in (never or ()) else given[measure]
        for measure in _MEASURES
        if given[measure] is not None or measure in (never or ())
    }
    with registry(read_settings()) as connection:
        account = get_account(connection, name)
        if usual:
            account = change_hold_rules(connection, account, thresholds={})
        account = change_hold_rules(
            connection, account, full_roster=full_roster, thresholds=thresholds or None
        )
    rules = hold_rules_of(account.settings)
    most = {measure: getattr(rules, measure) for measure in _MEASURES}
    if as_json:
        output.say_json({"account": account.name, "full_roster": rules.full_roster, **most})
        return
    files = "whole lists" if rules.full_roster else "not said to be whole lists"
    said = {
        measure: f"held with more than {_SAID[measure].format(above)}"
        if above is not None
        else "holds no file"
        for measure, above in most.items()
    }
    output.console.print(output.facts({"account": account.name, "files": files, **said}))
