"""`rosterline account`, `facility` and `cohort`: customers, and what their files refer to."""

from collections.abc import Callable
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, Any

import typer
from psycopg import Connection
from rich.table import Table

from cli import output
from cli.access import account_channels, file_keys, hold_rules, sftp, sign_in_rules
from cli.access.facilities import add_facility, set_facility
from cli.home import read_settings, registry
from cli.services import listening
from cli.services.intake import reload_code_location
from registry.accounts import accounts
from registry.accounts.accounts import Account, NamedId
from registry.accounts.hold_rules import FULL_ROSTER
from registry.decisions.automatic_links import LINK_ABOVE
from registry.landing.drop_folder import ensure_folders
from registry.landing.storage_quota import QUOTA_BYTES, storage_of
from registry.landing.zones_in_use import keep_zones
from registry.settings import Settings
from schemas.catalogue import get_format

app = typer.Typer(no_args_is_help=True)
account_app = typer.Typer(no_args_is_help=True, help="Customers and how their files are read.")
facility_app = typer.Typer(
    no_args_is_help=True, help="Places of an account that patients belong to."
)
cohort_app = typer.Typer(no_args_is_help=True, help="Groups of an account that files may name.")
app.add_typer(account_app, name="account")
account_app.add_typer(sftp.app, name="sftp")
account_app.add_typer(sign_in_rules.app)
account_app.add_typer(hold_rules.app)
account_app.add_typer(account_channels.app, name="notify")
account_app.add_typer(file_keys.app, name="key")
app.add_typer(facility_app, name="facility")
app.add_typer(cohort_app, name="cohort")


class Cadence(StrEnum):
    """When an account's files are imported."""

    nightly = "nightly"
    on_arrival = "on_arrival"


Name = Annotated[str, typer.Argument(help="The account's name.")]
Of = Annotated[str, typer.Option("--account", "-a", help="The account's name.")]
RiskLevels = Annotated[
    list[str] | None,
    typer.Option("--risk-level", help="A risk level that files may use; repeat for several."),
]
Lenient = Annotated[
    bool | None,
    typer.Option(
        "--lenient/--strict",
        help="Whether an invalid optional value is left out with a warning, or fails its row.",
    ),
]

IdentityChanges = Annotated[
    float | None,
    typer.Option(
        "--identity-changes",
        min=0,
        max=100,
        help="Percent of a file's rows that may have the identifier of a patient whose names and "
        "birth are all different; with more, and at least 3, the file fails. 5 where not set.",
    ),
]

LinkAbove = Annotated[
    float | None,
    typer.Option(
        "--link-above",
        help="Link a new patient to a stored one at once if their score is at least this; try it "
        "first with `rosterline matching rehearse`. Not set: a person decides about every pair.",
    ),
]


Quota = Annotated[
    int | None,
    typer.Option(
        "--quota-bytes",
        min=1,
        help="Most bytes of its files that are kept: what waits, and the archive. SFTP refuses "
        "more. Not set: ROSTERLINE_ACCOUNT_QUOTA_BYTES.",
    ),
]


@account_app.command("add")
def add_account(  # noqa: PLR0913 - one parameter an option
    name: Name,
    *,
    format_name: Annotated[
        str, typer.Option("--format", "-f", help="Its files' format; `rosterline format list`.")
    ],
    zone: Annotated[
        str, typer.Option(help="Its IANA time zone, whose midnight starts nightly imports.")
    ] = "UTC",
    cadence: Annotated[
        Cadence | None,
        typer.Option(
            help="Import its files every night, or as they arrive. Default: as its format is used; "
            "metriport on arrival, the others nightly."
        ),
    ] = None,
    risk_level: RiskLevels = None,
    lenient: Lenient = None,
    identity_changes: IdentityChanges = None,
    quota: Quota = None,
    as_json: output.Json = False,
) -> None:
    """Add an account, and make its drop folder."""
    settings = read_settings()
    chosen = _settings(risk_level, lenient, identity_changes, quota)
    with registry(settings) as connection:
        when = cadence.value if cadence else get_format(format_name).cadence
        account = accounts.add_account(connection, name, format_name, zone, when, chosen)
    ensure_folders(settings, account)
    if keep_zones(settings, [account.time_zone]):
        _reload(settings)
    _show(account, as_json=as_json)


def _reload(settings: Settings) -> None:
    """Let the zone's schedule appear, where Dagster runs; else the next start makes it."""
    if not listening.answers(settings, listening.CODE):
        return
    with output.errors.status("Adding the nightly schedule of this time zone …"):
        reload_code_location(settings)


@account_app.command("list")
def list_accounts(*, as_json: output.Json = False) -> None:
    """List all accounts."""
    with registry(read_settings()) as connection:
        found = accounts.list_accounts(connection)
    if as_json:
        output.say_json([asdict(account) for account in found])
        return
    headers = ("account", "format", "time zone", "cadence", "settings")
    rows = [(a.name, a.format, a.time_zone, a.cadence, _said(a.settings)) for a in found]
    output.console.print(output.table(headers, rows))


@account_app.command("show")
def show_account(name: Name, *, as_json: output.Json = False) -> None:
    """Show an account with its facilities and cohorts, and how much of its files is kept."""
    settings = read_settings()
    with registry(settings) as connection:
        account = accounts.get_account(connection, name)
        storage = storage_of(connection, settings, account)
        named = {
            "facilities": accounts.list_facilities(connection, account),
            "cohorts": accounts.list_cohorts(connection, account),
        }
    if as_json:
        lists = {key: [asdict(each) for each in found] for key, found in named.items()}
        output.say_json(asdict(account) | lists | {"storage": asdict(storage)})
        return
    _show(account, as_json=False)
    most = "no limit" if storage.quota is None else f"of {storage.quota:,}"
    output.console.print(output.facts({"archived": f"{storage.archived:,} bytes, {most}"}))
    for title, found in named.items():
        if found:
            output.console.print(_table(found, title))


@account_app.command("set")
def set_account(  # noqa: PLR0913 - one parameter an option
    name: Name,
    *,
    risk_level: RiskLevels = None,
    any_risk_level: Annotated[
        bool, typer.Option("--any-risk-level", help="Accept any text as a risk level again.")
    ] = False,
    lenient: Lenient = None,
    identity_changes: IdentityChanges = None,
    link_above: LinkAbove = None,
    never_link: Annotated[
        bool, typer.Option("--never-link", help="Let a person decide about every pair again.")
    ] = False,
    quota: Quota = None,
    usual_quota: Annotated[
        bool, typer.Option("--usual-quota", help="Give it the quota of all accounts again.")
    ] = False,
    as_json: output.Json = False,
) -> None:
    """Change how an account's files are checked, from its next import on, and how much is kept."""
    changes = _settings([] if any_risk_level else risk_level, lenient, identity_changes, quota)
    if usual_quota:
        changes[QUOTA_BYTES] = None
    if never_link or link_above is not None:
        changes[LINK_ABOVE] = None if never_link else link_above
    if not changes:
        raise typer.BadParameter(
            "name what to change: --risk-level, --any-risk-level, --lenient, --identity-changes, "
            "--link-above, --never-link, --quota-bytes, --usual-quota"
        )
    with registry(read_settings()) as connection:
        account = accounts.get_account(connection, name)
        account = accounts.change_settings(connection, account, changes)
    _show(account, as_json=as_json)


facility_app.command("add")(add_facility)
facility_app.command("set")(set_facility)


@facility_app.command("list")
def list_facilities(account: Of, *, as_json: output.Json = False) -> None:
    """List an account's facilities."""
    _list(accounts.list_facilities, account, as_json=as_json)


@cohort_app.command("add")
def add_cohort(
    name: Annotated[str, typer.Argument(help="The cohort's name.")],
    account: Of,
    *,
    as_json: output.Json = False,
) -> None:
    """Add a cohort; files refer to it by its id."""
    _add(accounts.add_cohort, account, name, as_json=as_json)


@cohort_app.command("list")
def list_cohorts(account: Of, *, as_json: output.Json = False) -> None:
    """List an account's cohorts."""
    _list(accounts.list_cohorts, account, as_json=as_json)


def _add(
    add: Callable[[Connection, Account, str], NamedId], account: str, name: str, *, as_json: bool
) -> None:
    with registry(read_settings()) as connection:
        added = add(connection, accounts.get_account(connection, account), name)
    if as_json:
        output.say_json(asdict(added))
    else:
        output.console.print(output.facts({"name": added.name, "id": str(added.id)}))


def _list(
    find: Callable[[Connection, Account], list[NamedId]], account: str, *, as_json: bool
) -> None:
    with registry(read_settings()) as connection:
        found = find(connection, accounts.get_account(connection, account))
    if as_json:
        output.say_json([asdict(each) for each in found])
    else:
        output.console.print(_table(found))


def _table(found: list[NamedId], title: str | None = None) -> Table:
    return output.table(("name", "id"), [(each.name, str(each.id)) for each in found], title=title)


def _show(account: Account, *, as_json: bool) -> None:
    if as_json:
        output.say_json(asdict(account))
        return
    shown = {
        "account": account.name,
        "format": account.format,
        "time zone": account.time_zone,
        "cadence": account.cadence,
        "settings": _said(account.settings),
    }
    output.console.print(output.facts(shown))


def _settings(
    risk_levels: list[str] | None,
    lenient: bool | None,  # noqa: FBT001
    identity_changes: float | None,
    quota: int | None,
) -> dict[str, Any]:
    given = {
        "risk_levels": risk_levels,
        "lenient": lenient,
        "identity_change_percent": identity_changes,
        QUOTA_BYTES: quota,
    }
    return {name: value for name, value in given.items() if value is not None}


def _said(settings: dict[str, Any]) -> str:
    levels = ", ".join(settings.get("risk_levels") or ())
    said = [f"risk levels {levels}"] if levels else []
    if settings.get(FULL_ROSTER):
        said.append("files are whole lists")
    if "identity_change_percent" in settings:
        said.append(f"up to {settings['identity_change_percent']:g} % identity changes")
    if settings.get(LINK_ABOVE) is not None:
        said.append(f"links above a score of {settings[LINK_ABOVE]:g}")
    if settings.get(QUOTA_BYTES) is not None:
        said.append(f"keeps up to {settings[QUOTA_BYTES]:,} bytes")
    return "; ".join([*said, *(["lenient"] if settings.get("lenient") else [])]) or output.NOTHING
