"""`rosterline key`: who may call the HTTP API for an account."""

from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from cli import output
from cli.home import read_settings, registry
from registry.accounts import api_keys
from registry.accounts.accounts import get_account
from registry.accounts.api_keys import ApiKey
from registry.webhooks.endpoints import get_webhook, standard_secret
from schemas.errors import NotFound

app = typer.Typer(no_args_is_help=True)
key_app = typer.Typer(no_args_is_help=True, help="Keys of the HTTP API.")
app.add_typer(key_app, name="key")


class Scope(StrEnum):
    """What a key may do."""

    full = "full"
    read = "read"


Of = Annotated[str, typer.Option("--account", "-a", help="The account's name.")]
Name = Annotated[str, typer.Argument(help="What the key is for; `revoke` needs this name.")]


@key_app.command("add")
def add_key(
    name: Name,
    account: Of,
    *,
    scope: Annotated[Scope, typer.Option(help="Allow everything, or only reading.")] = Scope.full,
    as_json: output.Json = False,
) -> None:
    """Make a key, and show it only now.

    An account has at most two active keys: the one in use, and the one that will replace it.
    """
    with registry(read_settings()) as connection:
        of = get_account(connection, account)
        added, secret = api_keys.add_key(connection, of, name, scope.value, datetime.now(UTC))
    if as_json:
        output.say_json(asdict(added) | {"key": secret})
        return
    output.console.print(
        output.facts({"name": added.name, "scope": added.scope, "key": Text(secret, "bold")})
    )
    output.note("Keep the key now: it is not stored and cannot be shown again.")


@key_app.command("list")
def list_keys(account: Of, *, as_json: output.Json = False) -> None:
    """List an account's keys, also revoked ones."""
    with registry(read_settings()) as connection:
        found = api_keys.list_keys(connection, get_account(connection, account))
    if as_json:
        output.say_json([asdict(key) for key in found])
    else:
        output.console.print(_table(found))


@key_app.command("revoke")
def revoke_key(name: Name, account: Of, *, as_json: output.Json = False) -> None:
    """Revoke a key, at once."""
    with registry(read_settings()) as connection:
        of = get_account(connection, account)
        revoked = api_keys.revoke_key(connection, of, name, datetime.now(UTC))
    if as_json:
        output.say_json(asdict(revoked))
    else:
        output.console.print(_table([revoked]))


@key_app.command("webhook")
def show_webhook_key(account: Of, *, as_json: output.Json = False) -> None:
    """Show the key that signs an account's webhooks, in both notations.

    The key exists once the account has set an address for webhooks. It is never sent anywhere.
    """
    with registry(read_settings()) as connection:
        webhook = get_webhook(connection, get_account(connection, account).id)
    if webhook is None:
        raise NotFound(
            f"account {account!r} has no webhook yet; set one with POST /settings of the HTTP API"
        )
    shown = {
        "url": webhook.url,
        "x-metriport-signature": webhook.key,
        "Standard Webhooks": standard_secret(webhook.key),
    }
    if as_json:
        output.say_json({"url": webhook.url, "key": webhook.key,
                         "standard_secret": shown["Standard Webhooks"]})  # fmt: skip
    else:
        output.console.print(output.facts(shown))


def _table(keys: list[ApiKey]) -> Table:
    headers = ("key", "begins", "scope", "made", "last used", "revoked")
    return output.table(headers, [
        (
            key.name,
            f"{key.beginning}…",
            key.scope,
            output.moment(key.created_at),
            output.moment(key.last_used_at) if key.last_used_at else output.NOTHING,
            output.moment(key.revoked_at) if key.revoked_at else output.NOTHING,
        )
        for key in keys
    ])  # fmt: skip
