"""`rosterline user`: who may sign in at the portal."""

import sys
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.text import Text

from cli import output
from cli.home import read_settings, registry
from registry.accounts import portal_users
from registry.accounts.accounts import get_account, list_accounts
from registry.accounts.portal_sessions import end_sessions_of
from registry.accounts.portal_users import User
from registry.settings import Settings

app = typer.Typer(no_args_is_help=True)
user_app = typer.Typer(no_args_is_help=True, help="Who may sign in at the portal.")
app.add_typer(user_app, name="user")


class Role(StrEnum):
    """What a user of an account may do."""

    viewer = "viewer"
    importer = "importer"
    reviewer = "reviewer"
    admin = "admin"


Name = Annotated[str, typer.Argument(help="The user's e-mail address.")]
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]


@user_app.command("add")
def add_user(
    name: Name,
    account: Annotated[
        str | None, typer.Option("--account", "-a", help="The account whose pages the user sees.")
    ] = None,
    *,
    role: Annotated[Role, typer.Option(help="What the user may do.")] = Role.admin,
    operator: Annotated[
        bool, typer.Option("--operator", help="Give access to every account; for your own staff.")
    ] = False,
    password_stdin: PasswordStdin = False,
    as_json: output.Json = False,
) -> None:
    """Add a user, and print where to sign in. The password is shown only now."""
    if operator == (account is not None):
        raise typer.BadParameter("name whose user it is: --account NAME, or --operator")
    settings = read_settings()
    with registry(settings) as connection:
        of = get_account(connection, account) if account else None
        password, hashed = _password(from_stdin=password_stdin)
        said = "operator" if operator else role.value
        added = portal_users.add_user(connection, of, name, said, hashed)
    _show(settings, added, password, as_json=as_json)


@user_app.command("list")
def list_users(
    account: Annotated[
        str | None, typer.Option("--account", "-a", help="Only this account's users.")
    ] = None,
    *,
    as_json: output.Json = False,
) -> None:
    """List users."""
    with registry(read_settings()) as connection:
        of = get_account(connection, account) if account else None
        names = {each.id: each.name for each in list_accounts(connection)}
        found = [_facts(each, names) for each in portal_users.list_users(connection, of)]
    if as_json:
        output.say_json(found)
        return
    headers = ("user", "account", "role", "last signed in", "state")
    rows = [
        (
            each["user"],
            each["account"] or output.NOTHING,
            each["role"],
            output.moment(each["signed_in_at"]) if each["signed_in_at"] else output.NOTHING,
            Text("disabled", "yellow") if each["disabled"] else "",
        )
        for each in found
    ]
    output.console.print(output.table(headers, rows))


@user_app.command("password")
def set_password(
    name: Name, *, password_stdin: PasswordStdin = False, as_json: output.Json = False
) -> None:
    """Give a user a new password, which is shown only now; their sessions end."""
    settings = read_settings()
    with registry(settings) as connection:
        found = portal_users.get_user(connection, name)
        password, hashed = _password(from_stdin=password_stdin)
        portal_users.set_password_hash(connection, found, hashed)
        end_sessions_of(connection, found)
    _show(settings, found, password, as_json=as_json)


@user_app.command("disable")
def disable_user(name: Name, *, as_json: output.Json = False) -> None:
    """Disable a user, from their next click on."""
    _set_disabled(name, disabled=True, as_json=as_json)


@user_app.command("enable")
def enable_user(name: Name, *, as_json: output.Json = False) -> None:
    """Enable a user again."""
    _set_disabled(name, disabled=False, as_json=as_json)


def _set_disabled(name: str, *, disabled: bool, as_json: bool) -> None:
    settings = read_settings()
    with registry(settings) as connection:
        found = portal_users.get_user(connection, name)
        portal_users.set_disabled(connection, found, disabled=disabled)
        if disabled:
            end_sessions_of(connection, found)
        changed = portal_users.get_user(connection, name)
    _show(settings, changed, None, as_json=as_json)


def _password(*, from_stdin: bool) -> tuple[str | None, str]:
    """The password, if it is a new one and not from standard input; and its hash."""
    # The library for password hashes takes a while to load.
    from gateway.passwords import hash_password, new_password  # noqa: PLC0415

    password = sys.stdin.readline().rstrip("\r\n") if from_stdin else new_password()
    return (None if from_stdin else password), hash_password(password)


def _facts(user: User, names: dict[int, str]) -> dict[str, Any]:
    return {
        "user": user.name,
        "account": names.get(user.account_id or 0),
        "role": user.role,
        "disabled": user.disabled,
        "signed_in_at": user.signed_in_at,
    }


def _show(settings: Settings, user: User, password: str | None, *, as_json: bool) -> None:
    sheet = {
        "portal": settings.api_url,
        "user": user.name,
        "role": user.role,
        "password": password,
        "state": "disabled" if user.disabled else "active",
    }
    if as_json:
        output.say_json(sheet)
        return
    output.console.print(output.facts({key: value for key, value in sheet.items() if value}))
    if password:
        output.note("The password is shown only now; send it another way than the rest.")
