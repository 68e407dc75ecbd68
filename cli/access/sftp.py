"""`rosterline account sftp`: who may sign in at the SFTP server."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from psycopg import Connection
from rich.text import Text

from cli import output
from cli.access.sftp_log import lift_ban, show_bans, show_log
from cli.access.sftp_sessions import end_sessions, show_sessions
from cli.access.sftp_sheet import show_sheet
from cli.home import read_settings, registry
from registry.accounts import accounts, sftp_users
from registry.accounts.sftp_users import SftpUser

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
        bool, typer.Option("--no-password", help="Accept only public keys.")
    ] = False,
    password_stdin: PasswordStdin = False,
    as_json: output.Json = False,
) -> None:
    """Add a user, and print what to send the customer. The password is shown only now."""
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
        show_sheet(settings, connection, added.name, password, as_json=as_json)


@app.command("show")
def show_user(user: User, *, as_json: output.Json = False) -> None:
    """Print what to send the customer: host, user, folders, fingerprints, template."""
    settings = read_settings()
    with registry(settings) as connection:
        show_sheet(settings, connection, user, None, as_json=as_json)


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
                "password": each.has_password,
                "keys": len(sftp_users.list_keys(connection, each)),
                "disabled": each.disabled,
                "from": ", ".join(map(str, each.allowed_networks)),
            }
            for each in sftp_users.list_users(connection, of)
        ]
    if as_json:
        output.say_json(found)
        return
    headers = ("user", "account", "password", "keys", "from", "state")
    rows = [
        (
            each["user"],
            each["account"],
            "yes" if each["password"] else output.NOTHING,
            str(each["keys"]),
            str(each["from"]) or "anywhere",
            Text("disabled", "yellow") if each["disabled"] else "",
        )
        for each in found
    ]
    output.console.print(output.table(headers, rows, right=("keys",)))


@app.command("password")
def set_password(
    user: User,
    *,
    none: Annotated[bool, typer.Option("--none", help="Accept only public keys.")] = False,
    password_stdin: PasswordStdin = False,
    as_json: output.Json = False,
) -> None:
    """Give a user a new password, which is shown only now.

    The old one ends at once, and sessions that it began within seconds.
    """
    settings = read_settings()
    with registry(settings) as connection:
        found = sftp_users.get_user(connection, user)
        if none:
            sftp_users.set_password_hash(connection, found, None)
        password = None if none else _set_password(connection, found, password_stdin)
        show_sheet(settings, connection, user, password, as_json=as_json)


@app.command("key-add")
def add_key(
    user: User,
    file: Annotated[Path, typer.Argument(help="A file with the public key.", dir_okay=False)],
    *,
    as_json: output.Json = False,
) -> None:
    """Accept a public key. To rotate keys, add the new one, then remove the old one."""
    from gateway.sftp.keys import read_public_key  # noqa: PLC0415 - see above

    key = read_public_key(file.read_text())
    with registry(read_settings()) as connection:
        sftp_users.add_key(connection, sftp_users.get_user(connection, user), key)
    output.say_facts({"user": user, "key": key.shown}, as_json=as_json)


@app.command("key-remove")
def remove_key(
    user: User,
    fingerprint: Annotated[str, typer.Argument(help="SHA256:…, as `show` prints it.")],
    *,
    as_json: output.Json = False,
) -> None:
    """Accept a public key no longer. Sessions that it began end within seconds."""
    with registry(read_settings()) as connection:
        found = sftp_users.get_user(connection, user)
        sftp_users.remove_key(connection, found, fingerprint)
    output.say_facts({"user": user, "removed key": fingerprint}, as_json=as_json)


@app.command("disable")
def disable_user(user: User, *, as_json: output.Json = False) -> None:
    """Disable a user. Open sessions end within seconds; files that wait stay."""
    _set_disabled(user, disabled=True, as_json=as_json)


@app.command("enable")
def enable_user(user: User, *, as_json: output.Json = False) -> None:
    """Enable a user again."""
    _set_disabled(user, disabled=False, as_json=as_json)


@app.command("allow")
def set_networks(
    user: User,
    networks: Annotated[
        list[str] | None,
        typer.Argument(help="Addresses or networks, such as 203.0.113.7 or 203.0.113.0/24."),
    ] = None,
    *,
    anywhere: Annotated[
        bool, typer.Option("--anywhere", help="Let the user come from anywhere again.")
    ] = False,
    as_json: output.Json = False,
) -> None:
    """Let a user sign in only from these networks; they replace those set before."""
    if bool(networks) == anywhere:
        raise typer.BadParameter("name the networks, or --anywhere")
    with registry(read_settings()) as connection:
        found = sftp_users.get_user(connection, user)
        sftp_users.set_allowed_networks(connection, found, networks or ())
        now = sftp_users.get_user(connection, user).allowed_networks
    shown = ", ".join(map(str, now)) or "anywhere"
    output.say_facts({"user": user, "from": shown}, as_json=as_json)


@app.command("remove")
def remove_user(user: User, *, as_json: output.Json = False) -> None:
    """Remove a user and their keys. Open sessions end within seconds; files stay."""
    with registry(read_settings()) as connection:
        sftp_users.remove_user(connection, sftp_users.get_user(connection, user))
    output.say_facts({"removed user": user}, as_json=as_json)


app.command("sessions")(show_sessions)
app.command("end")(end_sessions)
app.command("log")(show_log)
app.command("bans")(show_bans)
app.command("unban")(lift_ban)


def _set_password(connection: Connection, user: SftpUser, from_stdin: bool) -> str | None:  # noqa: FBT001
    """Set a password from standard input, or a new one. Returns it if it is new."""
    from gateway.passwords import hash_password, new_password  # noqa: PLC0415 - see above

    password = sys.stdin.readline().rstrip("\r\n") if from_stdin else new_password()
    sftp_users.set_password_hash(connection, user, hash_password(password))
    return None if from_stdin else password


def _set_disabled(user: str, *, disabled: bool, as_json: bool) -> None:
    with registry(read_settings()) as connection:
        found = sftp_users.get_user(connection, user)
        sftp_users.set_disabled(connection, found, disabled=disabled)
    output.say_facts(
        {"user": user, "state": "disabled" if disabled else "enabled"}, as_json=as_json
    )
