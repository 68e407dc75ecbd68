"""`rosterline account sftp`: who may sign in at the SFTP server, and what happened there."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from psycopg import Connection
from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from cli import output
from cli.home import read_settings, registry
from registry.accounts import accounts, activity_log, sftp_users
from registry.accounts.activity_log import AccessEvent
from registry.accounts.bans import list_bans, unban
from registry.accounts.sftp_users import SftpUser
from registry.landing.drop_folder import PENDING, RESULTS
from registry.settings import Settings

# gateway.sftp is imported in the commands that need it: its cryptography takes a while to load.

app = typer.Typer(no_args_is_help=True, help="Who may sign in at the SFTP server.")

User = Annotated[str, typer.Argument(help="The user's name.")]
PasswordStdin = Annotated[
    bool,
    typer.Option("--password-stdin", help="Read the password from standard input."),
]


@app.command("add")
def add_user(
    account: Annotated[str, typer.Argument(help="The account whose folders the user sees.")],
    user: User,
    *,
    key: Annotated[
        list[Path] | None,
        typer.Option(help="A file with a public key; repeat for several.", dir_okay=False),
    ] = None,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="Let only public keys in.")
    ] = False,
    password_stdin: PasswordStdin = False,
    as_json: output.Json = False,
) -> None:
    """Add a user, and print what to send the customer. The password is shown this once."""
    from gateway.sftp.keys import read_public_key  # noqa: PLC0415 - see above

    if no_password and not key:
        raise typer.BadParameter("without a password, give a --key")
    settings = read_settings()
    keys = [read_public_key(path.read_text()) for path in key or ()]
    with registry(settings) as connection:
        found = accounts.get_account(connection, account)
        added = sftp_users.add_user(connection, found, user)
        password = None if no_password else _set_password(connection, added, password_stdin)
        for each in keys:
            sftp_users.add_key(connection, added, each)
        _show(settings, connection, added.name, password, as_json=as_json)


@app.command("show")
def show_user(user: User, *, as_json: output.Json = False) -> None:
    """Print what to send the customer: host, user, folders, fingerprints, template."""
    settings = read_settings()
    with registry(settings) as connection:
        _show(settings, connection, user, None, as_json=as_json)


@app.command("list")
def list_users(
    account: Annotated[
        str | None, typer.Option("--account", "-a", help="Only this account's users.")
    ] = None,
    *,
    as_json: output.Json = False,
) -> None:
    """List users."""
    with registry(read_settings()) as connection:
        of = accounts.get_account(connection, account) if account else None
        names = {each.id: each.name for each in accounts.list_accounts(connection)}
        found = [
            {
                "user": each.name,
                "account": names[each.account_id],
                "password": each.password_hash is not None,
                "keys": len(sftp_users.list_keys(connection, each)),
                "disabled": each.disabled,
            }
            for each in sftp_users.list_users(connection, of)
        ]
    if as_json:
        output.say_json(found)
        return
    headers = ("user", "account", "password", "keys", "state")
    rows = [
        (
            each["user"],
            each["account"],
            "yes" if each["password"] else output.NOTHING,
            str(each["keys"]),
            Text("disabled", "yellow") if each["disabled"] else "",
        )
        for each in found
    ]
    output.console.print(output.table(headers, rows, right=("keys",)))


@app.command("password")
def set_password(
    user: User,
    *,
    none: Annotated[bool, typer.Option("--none", help="Let only public keys in.")] = False,
    password_stdin: PasswordStdin = False,
    as_json: output.Json = False,
) -> None:
    """Give a user a new password, which is shown this once; the old one ends at once."""
    settings = read_settings()
    with registry(settings) as connection:
        found = sftp_users.get_user(connection, user)
        if none:
            sftp_users.set_password_hash(connection, found, None)
        password = None if none else _set_password(connection, found, password_stdin)
        _show(settings, connection, user, password, as_json=as_json)


@app.command("key-add")
def add_key(
    user: User,
    file: Annotated[Path, typer.Argument(help="A file with the public key.", dir_okay=False)],
    *,
    as_json: output.Json = False,
) -> None:
    """Let a public key in. To rotate keys, add the new one, then remove the old one."""
    from gateway.sftp.keys import read_public_key  # noqa: PLC0415 - see above

    key = read_public_key(file.read_text())
    with registry(read_settings()) as connection:
        sftp_users.add_key(connection, sftp_users.get_user(connection, user), key)
    _say({"user": user, "key": key.fingerprint}, as_json=as_json)


@app.command("key-remove")
def remove_key(
    user: User,
    fingerprint: Annotated[str, typer.Argument(help="SHA256:…, as `show` prints it.")],
    *,
    as_json: output.Json = False,
) -> None:
    """Let a public key in no more."""
    with registry(read_settings()) as connection:
        found = sftp_users.get_user(connection, user)
        sftp_users.remove_key(connection, found, fingerprint)
    _say({"user": user, "removed key": fingerprint}, as_json=as_json)


@app.command("disable")
def disable_user(user: User, *, as_json: output.Json = False) -> None:
    """Keep a user out; sessions that are open end within seconds. Files that wait stay."""
    _set_disabled(user, disabled=True, as_json=as_json)


@app.command("enable")
def enable_user(user: User, *, as_json: output.Json = False) -> None:
    """Let a user in again."""
    _set_disabled(user, disabled=False, as_json=as_json)


@app.command("log")
def show_log(
    account: Annotated[
        str | None, typer.Option("--account", "-a", help="Only this account's events.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 50,
    *,
    as_json: output.Json = False,
) -> None:
    """Show who signed in, what they sent and fetched, and what was refused."""
    with registry(read_settings()) as connection:
        of = accounts.get_account(connection, account).id if account else None
        events = activity_log.list_events(connection, account_id=of, limit=limit)
    _print_events(events, as_json=as_json)


@app.command("bans")
def show_bans(*, as_json: output.Json = False) -> None:
    """Show which addresses and users are banned now."""
    settings = read_settings()
    with registry(settings) as connection:
        bans = list_bans(connection, settings)
    _print_events(bans, as_json=as_json)


@app.command("unban")
def lift_ban(
    *,
    address: Annotated[str | None, typer.Option(help="The address to let in again.")] = None,
    user: Annotated[str | None, typer.Option(help="The user to let in again.")] = None,
    as_json: output.Json = False,
) -> None:
    """Lift the ban of an address, a user, or both."""
    if address is None and user is None:
        raise typer.BadParameter("say whom: --address, --user, or both")
    with registry(read_settings()) as connection:
        if address is not None:
            unban(connection, address=address)
        if user is not None:
            unban(connection, user=user)
    _say({"address": address, "user": user}, as_json=as_json)


def _set_password(connection: Connection, user: SftpUser, from_stdin: bool) -> str | None:  # noqa: FBT001
    """Set a password; returns it if we made it up."""
    from gateway.passwords import hash_password, new_password  # noqa: PLC0415 - see above

    password = sys.stdin.readline().rstrip("\r\n") if from_stdin else new_password()
    sftp_users.set_password_hash(connection, user, hash_password(password))
    return None if from_stdin else password


def _set_disabled(user: str, *, disabled: bool, as_json: bool) -> None:
    with registry(read_settings()) as connection:
        found = sftp_users.get_user(connection, user)
        sftp_users.set_disabled(connection, found, disabled=disabled)
    _say({"user": user, "state": "disabled" if disabled else "enabled"}, as_json=as_json)


def _show(
    settings: Settings, connection: Connection, name: str, password: str | None, *, as_json: bool
) -> None:
    from gateway.sftp.keys import host_keys  # noqa: PLC0415 - see above

    user = sftp_users.get_user(connection, name)
    account = accounts.account_by_id(connection, user.account_id)
    sheet = {
        "host": settings.sftp_host_for_customers,
        "port": str(settings.sftp_port),
        "user": user.name,
        "password": password,
        "public keys": "\n".join(k.fingerprint for k in sftp_users.list_keys(connection, user)),
        "host keys": "\n".join(
            f"{key.get_algorithm()} {key.get_fingerprint()}" for key in host_keys(settings)
        ),
        "upload to": PENDING,
        "results in": RESULTS,
        "processed": "as files arrive"
        if account.cadence == "on_arrival"
        else f"every night at midnight, {account.time_zone}",
        "template": f"rosterline template {account.format} -o template.csv",
    }
    if as_json:
        output.say_json(sheet | {"account": account.name, "disabled": user.disabled})
        return
    shown = output.facts({key: value or None for key, value in sheet.items()})
    title = Text(f"SFTP for {account.name}", "bold")
    notes = [
        Text("\nThe password is shown this once; send it another way than the rest.", "yellow")
    ]
    output.console.print(
        Padding(Group(title, Text(), shown, *(notes if password else [])), (1, 0, 1, 1)),
    )


def _print_events(events: list[AccessEvent], *, as_json: bool) -> None:
    if as_json:
        output.say_json([asdict(event) for event in events])
        return
    headers = ("UTC", "what", "user", "address", "file", "bytes", "detail")
    rows = [
        (
            f"{event.at:%m-%d %H:%M}",
            Text(event.action, "red" if event.refused or event.action == "ban" else ""),
            output.short(event.user_name or output.NOTHING, 16),
            event.address or output.NOTHING,
            output.short(event.file_name or "", 18),
            "" if event.byte_count is None else f"{event.byte_count:,}",
            event.detail or "",
        )
        for event in events
    ]
    output.console.print(output.table(headers, rows, right=("bytes",), dense=True))


def _say(facts: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        output.say_json(facts)
    else:
        output.console.print(output.facts(facts))
