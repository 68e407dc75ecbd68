"""What an operator sends a customer who uploads by SFTP: host, user, folders, fingerprints."""

from psycopg import Connection
from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from cli import output
from registry.accounts import accounts, sftp_users
from registry.accounts.sftp_address import address_for, why_unreachable
from registry.landing.drop_folder import PENDING, RESULTS
from registry.settings import Settings


def show_sheet(
    settings: Settings, connection: Connection, name: str, password: str | None, *, as_json: bool
) -> None:
    """Print the sheet of a user; `password` is shown if it was just made.

    Raises:
        NotFound: there is no such user.
        StorageUnavailable: the server's host keys cannot be read.
    """
    # asyncssh takes a while to load.
    from gateway.sftp.keys import host_keys  # noqa: PLC0415

    user = sftp_users.get_user(connection, name)
    account = accounts.account_by_id(connection, user.account_id)
    sheet = {
        "address": address_for(settings, user.name),
        "host": settings.sftp_host_for_customers,
        "port": str(settings.sftp_port_for_customers),
        "user": user.name,
        "password": password,
        "public keys": "\n".join(key.shown for key in sftp_users.list_keys(connection, user)),
        "host keys": "\n".join(
            f"{key.get_algorithm()} {key.get_fingerprint()}" for key in host_keys(settings)
        ),
        "upload to": PENDING,
        "results in": RESULTS,
        "from": ", ".join(map(str, user.allowed_networks)),
        "processed": "as files arrive"
        if account.cadence == "on_arrival"
        else f"every night at midnight, {account.time_zone}",
        "template": f"rosterline template {account.format} -o template.csv",
    }
    hint = why_unreachable(settings)
    if as_json:
        state = {"account": account.name, "disabled": user.disabled, "hint": hint}
        output.say_json(sheet | state)
        return
    shown = output.facts({key: value or None for key, value in sheet.items()})
    title = Text(f"SFTP for {account.name}", "bold")
    notes = [
        "The password is shown only now; send it another way than the rest." if password else None,
        hint,
    ]
    said = [Text(f"\n{note}", "yellow") for note in notes if note]
    output.console.print(Padding(Group(title, Text(), shown, *said), (1, 0, 1, 1)))
