"""`rosterline user`: who may sign in at the portal."""

import sys
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.text import Text

from cli import output
from cli.home import read_settings, registry
from registry.accounts import portal_identities, portal_users, second_factors
from registry.accounts.accounts import get_account, list_accounts
from registry.accounts.activity_log import AccessEvent, record
from registry.accounts.portal_sessions import end_sessions_of
from registry.accounts.portal_users import User
from registry.settings import Settings
from schemas.errors import NotAllowed

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
def add_user(  # noqa: PLR0913 - one parameter an option
    name: Name,
    account: Annotated[
        str | None, typer.Option("--account", "-a", help="The account whose pages the user sees.")
    ] = None,
    *,
    role: Annotated[Role, typer.Option(help="What the user may do.")] = Role.admin,
    operator: Annotated[
        bool, typer.Option("--operator", help="Give access to every account; for your own staff.")
    ] = False,
    invite: Annotated[
        bool,
        typer.Option("--invite", help="Send a link instead of a password, or print it."),
    ] = False,
    password_stdin: PasswordStdin = False,
    as_json: output.Json = False,
) -> None:
    """Add a user, and print where to sign in. The password is shown only now, and changed then."""
    if operator == (account is not None):
        raise typer.BadParameter("name whose user it is: --account NAME, or --operator")
    settings = read_settings()
    with registry(settings) as connection:
        of = get_account(connection, account) if account else None
        password, hashed = (None, None) if invite else _password(from_stdin=password_stdin)
        said = "operator" if operator else role.value
        added = portal_users.add_user(
            connection, of, name, said, hashed, must_change_password=not invite
        )
    if invite:
        _invite(settings, name, as_json=as_json)
    else:
        _show(settings, added, password, as_json=as_json)


@user_app.command("invite")
def invite_user(name: Name, *, as_json: output.Json = False) -> None:
    """Send a user a link with which they choose a password; without a mail server, print it.

    It works once. Until it is used, an earlier password keeps working.
    """
    _invite(read_settings(), name, as_json=as_json)


def _invite(settings: Settings, name: str, *, as_json: bool) -> None:
    # Mails and passwords take a while to load.
    from gateway.portal.link_mails import new_link, send_link  # noqa: PLC0415

    at = datetime.now(UTC)
    with registry(settings) as connection:
        found = portal_users.get_user(connection, name)
        if found.disabled:
            raise NotAllowed(f"{found.name} is disabled; run `rosterline user enable` first")
        link = new_link(settings, connection, found, at)
    if settings.smtp_host:
        send_link(settings, found, link, at)
    shown = {"sent to": found.name} if settings.smtp_host else {"link": link}
    _show(settings, found, None, as_json=as_json, further=shown)
    if not settings.smtp_host and not as_json:
        output.note("The link works once. Send it only to its user.")


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
    headers = ("user", "account", "role", "last signed in", "second factor", "state")
    rows = [
        (
            each["user"],
            each["account"] or output.NOTHING,
            each["role"],
            output.moment(each["signed_in_at"]) if each["signed_in_at"] else output.NOTHING,
            "yes" if each["second_factor"] else "no",
            Text("disabled", "yellow") if each["disabled"] else "",
        )
        for each in found
    ]
    output.console.print(output.table(headers, rows))


@user_app.command("password")
def set_password(
    name: Name, *, password_stdin: PasswordStdin = False, as_json: output.Json = False
) -> None:
    """Give a user a new password, which is shown only now; their sessions end.

    They choose one of their own when they sign in with it.
    """
    settings = read_settings()
    with registry(settings) as connection:
        found = portal_users.get_user(connection, name)
        password, hashed = _password(from_stdin=password_stdin)
        portal_users.set_password_hash(connection, found, hashed, must_change=True)
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


@user_app.command("remove")
def remove_user(name: Name, *, as_json: output.Json = False) -> None:
    """Remove a user and end their sessions; the activity log keeps what they did."""
    settings = read_settings()
    with registry(settings) as connection:
        found = portal_users.get_user(connection, name)
        portal_users.remove_user(connection, found)
    _show(settings, found, None, as_json=as_json, state="removed")


@user_app.command("reset-second-factor")
def reset_second_factor(name: Name, *, as_json: output.Json = False) -> None:
    """Remove a user's second factor, for a lost device, and end their sessions.

    Make sure that it is the user who asks. Where their account needs one, they set up another one
    when they sign in.
    """
    settings = read_settings()
    with registry(settings) as connection:
        found = portal_users.get_user(connection, name)
        second_factors.switch_off(connection, found)
        record(connection, _change_of(found, "second factor: reset"))
    _show(settings, found, None, as_json=as_json)


@user_app.command("unlink")
def unlink_user(name: Name, *, as_json: output.Json = False) -> None:
    """Forget who a user is at the provider of single sign-on, and end their sessions.

    At the next single sign-on, the verified e-mail address leads to them again.
    """
    settings = read_settings()
    with registry(settings) as connection:
        found = portal_users.get_user(connection, name)
        portal_identities.unlink_identities(connection, found)
        end_sessions_of(connection, found)
        record(connection, _change_of(found, "single sign-on: unlinked"))
    _show(settings, found, None, as_json=as_json)


@user_app.command("sign-out")
def sign_out_user(name: Name, *, as_json: output.Json = False) -> None:
    """End all sessions of a user."""
    settings = read_settings()
    with registry(settings) as connection:
        found = portal_users.get_user(connection, name)
        end_sessions_of(connection, found)
    _show(settings, found, None, as_json=as_json)


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


def _change_of(user: User, detail: str) -> AccessEvent:
    """A change that an operator made, as the account's activity log shows it."""
    return AccessEvent(
        "change",
        account_id=user.account_id,
        user_name=user.name,
        detail=f"by an operator: {detail}",
        door="portal",
    )


def _facts(user: User, names: dict[int, str]) -> dict[str, Any]:
    return {
        "user": user.name,
        "account": names.get(user.account_id or 0),
        "role": user.role,
        "disabled": user.disabled,
        "signed_in_at": user.signed_in_at,
        "second_factor": user.second_factor_at is not None,
    }


def _show(
    settings: Settings,
    user: User,
    password: str | None,
    *,
    as_json: bool,
    state: str | None = None,
    further: dict[str, str] | None = None,
) -> None:
    sheet = {
        "portal": settings.api_url,
        "user": user.name,
        "role": user.role,
        "password": password,
        "state": state or ("disabled" if user.disabled else "active"),
    } | (further or {})
    if as_json:
        output.say_json(sheet)
        return
    output.console.print(output.facts({key: value for key, value in sheet.items() if value}))
    if password:
        output.note(
            "The password is shown only now; send it another way than the rest. Its user chooses "
            "another one at the first sign-in."
        )
