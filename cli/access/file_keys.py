"""`rosterline account key`: the keys with which an account's senders encrypt their files."""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli import output
from cli.home import read_settings, registry
from registry.accounts import file_keys
from registry.accounts.accounts import Account, get_account
from registry.accounts.file_keys import FileKey
from registry.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Keys with which senders encrypt their files.")


class Kind(StrEnum):
    """What a sender's program encrypts for."""

    openpgp = "openpgp"
    age = "age"


Of = Annotated[str, typer.Argument(help="The account's name.")]
Name = Annotated[str, typer.Argument(help="The key's name, such as 2026-11.")]


@app.command("make")
def make_key(
    account: Of,
    name: Name,
    *,
    kind: Annotated[Kind, typer.Option(help="What the sender's program encrypts for.")],
    as_json: output.Json = False,
) -> None:
    """Make a key, and print the public one for the sender.

    Several keys may be in use at once: make the next one, send it, and retire the former one when
    the sender uses it.
    """
    settings, of = _account(account)
    _say(file_keys.make_file_key(settings, of, name, kind.value), as_json=as_json)


@app.command("import")
def import_key(
    account: Of,
    name: Name,
    file: Annotated[
        Path,
        typer.Argument(help="A private key without a passphrase.", exists=True, dir_okay=False),
    ],
    *,
    as_json: output.Json = False,
) -> None:
    """Keep a private key that senders encrypt for already, of OpenPGP (armored) or age."""
    settings, of = _account(account)
    text = file.read_text("ascii", "replace")
    _say(file_keys.import_file_key(settings, of, name, text), as_json=as_json)


@app.command("show")
def show_key(account: Of, name: Name, *, as_json: output.Json = False) -> None:
    """Print the public key of a key again."""
    settings, of = _account(account)
    _say(file_keys.get_file_key(settings, of, name), as_json=as_json)


@app.command("list")
def list_keys(account: Of, *, as_json: output.Json = False) -> None:
    """List an account's keys, also retired ones."""
    settings, of = _account(account)
    found = file_keys.list_file_keys(settings, of)
    if as_json:
        output.say_json([_as_json(key) for key in found])
        return
    rows = [
        (
            key.name,
            key.kind,
            key.public[1],
            output.moment(key.retired_at) if key.retired_at else output.NOTHING,
        )
        for key in found
    ]
    output.console.print(output.table(("key", "kind", "public", "retired"), rows))


@app.command("retire")
def retire_key(account: Of, name: Name, *, as_json: output.Json = False) -> None:
    """Let a key open nothing that comes from now on.

    What came before can still be read with it. Nothing deletes its file: without it, what was
    encrypted for it can neither be backfilled, nor its result made again.
    """
    settings, of = _account(account)
    retired = file_keys.retire_file_key(settings, of, name, datetime.now(UTC))
    if as_json:
        output.say_json(_as_json(retired))
    else:
        output.note(f"{retired.kind} key {retired.name} of {of.name} is retired.")


def _account(name: str) -> tuple[Settings, Account]:
    settings = read_settings()
    with registry(settings) as connection:
        return settings, get_account(connection, name)


def _say(key: FileKey, *, as_json: bool) -> None:
    if as_json:
        output.say_json(_as_json(key))
        return
    public, short = key.public
    typer.echo(public.strip())  # for `> key.asc`: what is said to a person goes elsewhere
    output.note(f"{key.kind} key {key.name} of {key.account}: {short}")


def _as_json(key: FileKey) -> dict[str, object]:
    public, short = key.public
    return {
        "account": key.account,
        "name": key.name,
        "kind": key.kind,
        "short": short,
        "public": public,
        "retired_at": key.retired_at,
    }
