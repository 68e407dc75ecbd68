"""`rosterline mapping`: what the columns of an account's own files mean."""

import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from psycopg import Connection

from cli import output
from cli.home import command_user, read_settings, registry
from registry.accounts import column_mappings
from registry.accounts.accounts import Account, get_account
from registry.accounts.column_mappings import KeptMapping
from registry.accounts.file_keys import keys_for
from rosters.containers.open_roster import open_roster
from rosters.containers.roster import Scratch
from rosters.mapping.mapping_file import read_mapping, write_mapping
from rosters.mapping.sample import read_sample
from rosters.mapping.suggest import suggest
from schemas.catalogue import get_format
from schemas.column_mapping import ColumnMapping, MappedColumn
from schemas.errors import NotAllowed, NotFound
from schemas.formats import Format

app = typer.Typer(no_args_is_help=True)
mapping_app = typer.Typer(no_args_is_help=True, help="What columns of an account's own files mean.")
app.add_typer(mapping_app, name="mapping")

Of = Annotated[str, typer.Option("--account", "-a", help="The account.")]
FormatName = Annotated[
    str | None, typer.Option("--format", "-f", help="The format; without it the account's own.")
]
Version = Annotated[int, typer.Argument(help="The version; `rosterline mapping list`.")]


@mapping_app.command("suggest")
def suggest_mapping(
    file: Annotated[
        Path, typer.Argument(help="A file of the account.", exists=True, dir_okay=False)
    ],
    account: Of,
    *,
    format_name: FormatName = None,
    no_header: Annotated[
        bool, typer.Option("--no-header", help="The file's first row is a patient.")
    ] = False,
) -> None:
    """Write a mapping for a file as CSV, to be corrected and saved.

    A blank field leaves a column out. No value of the file is printed, except its header.
    """
    settings = read_settings()
    with registry(settings) as connection:
        of = get_account(connection, account)
        declared = _format(of, format_name)
        in_use = column_mappings.mapping_in_use(connection, of, declared.name)
    with tempfile.TemporaryDirectory() as folder:
        keys = keys_for(settings, of.name, datetime.now(UTC))
        scratch = Scratch(Path(folder), settings.max_file_bytes, keys, settings.max_archive_members)
        known = replace(declared, mapping=in_use)
        with open_roster(file, known, scratch) as roster:
            sample = read_sample(roster.source, declared, has_header=not no_header)
    found = suggest(sample.columns, known)
    columns = [
        MappedColumn(column.header, each.slot)
        for column, each in zip(sample.columns, found, strict=True)
    ]
    typer.echo(write_mapping(columns, declared, found).encode(), nl=False)
    output.note("Correct the fields, then: rosterline mapping save FILE --account …")


@mapping_app.command("save")
def save_mapping(
    file: Annotated[
        Path, typer.Argument(help="A mapping as `suggest` writes it.", exists=True, dir_okay=False)
    ],
    account: Of,
    *,
    format_name: FormatName = None,
    by_position: Annotated[
        bool,
        typer.Option("--by-position", help="The files have no header: go by the columns' order."),
    ] = False,
    as_json: output.Json = False,
) -> None:
    """Save a mapping as the next version, and read files under it from now on."""
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise NotAllowed("a mapping must be UTF-8 text") from None
    with registry(read_settings()) as connection:
        of = get_account(connection, account)
        declared = _format(of, format_name)
        saved = column_mappings.save_mapping(
            connection,
            of,
            declared,
            read_mapping(text, declared),
            by_position=by_position,
            user_name=command_user(),
            now=datetime.now(UTC),
        )
    _say(declared, saved, as_json=as_json)


@mapping_app.command("list")
def list_mappings(account: Of, *, as_json: output.Json = False) -> None:
    """List the versions of an account's mappings."""
    with registry(read_settings()) as connection:
        found = column_mappings.list_mappings(connection, get_account(connection, account))
    if as_json:
        output.say_json([_described(each) for each in found])
        return
    headers = ("format", "version", "columns", "saved", "by", "used until")
    output.console.print(output.table(headers, [
        (
            each.format,
            str(each.mapping.version),
            f"{len(each.mapping.slots)} of {len(each.mapping.columns)}",
            output.moment(each.created_at),
            each.created_by,
            output.moment(each.ended_at) if each.ended_at else "now",
        )
        for each in found
    ], right=("version",)))  # fmt: skip


@mapping_app.command("show")
def show_mapping(
    version: Annotated[
        int | None, typer.Argument(help="The version; without it the one in use.")
    ] = None,
    *,
    account: Of,
    format_name: FormatName = None,
) -> None:
    """Write a version as CSV, as `save` reads it."""
    with registry(read_settings()) as connection:
        of = get_account(connection, account)
        declared = _format(of, format_name)
        mapping = _version(connection, of, declared, version)
    typer.echo(write_mapping(mapping.columns, declared).encode(), nl=False)


@mapping_app.command("use")
def use_mapping(
    version: Version, account: Of, *, format_name: FormatName = None, as_json: output.Json = False
) -> None:
    """Use an earlier version again: its columns become the next version."""
    with registry(read_settings()) as connection:
        of = get_account(connection, account)
        declared = _format(of, format_name)
        saved = column_mappings.use_again(
            connection, of, declared, version, user_name=command_user(), now=datetime.now(UTC)
        )
    _say(declared, saved, as_json=as_json)


@mapping_app.command("stop")
def stop_mapping(account: Of, *, format_name: FormatName = None) -> None:
    """Read files without a mapping from now on; imports that were read under one keep it."""
    with registry(read_settings()) as connection:
        of = get_account(connection, account)
        name = _format(of, format_name).name
        column_mappings.stop_using(
            connection, of, name, user_name=command_user(), now=datetime.now(UTC)
        )
    output.note(f"Files of the format {name} are read by their own headers from now on.")


def _format(account: Account, name: str | None) -> Format:
    return get_format(name or account.format)


def _version(
    connection: Connection, account: Account, declared: Format, version: int | None
) -> ColumnMapping:
    if version is not None:
        return column_mappings.get_mapping(connection, account, declared.name, version)
    found = column_mappings.mapping_in_use(connection, account, declared.name)
    if found is None:
        raise NotFound(f"account {account.name!r} uses no column mapping for {declared.name}")
    return found


def _described(kept: KeptMapping) -> dict[str, object]:
    return {
        "format": kept.format,
        **kept.mapping.as_json(),
        "created_at": kept.created_at,
        "created_by": kept.created_by,
        "ended_at": kept.ended_at,
        "ended_by": kept.ended_by,
    }


def _say(declared: Format, saved: ColumnMapping, *, as_json: bool) -> None:
    if as_json:
        output.say_json({"format": declared.name, **saved.as_json()})
        return
    output.console.print(output.facts({
        "format": declared.name,
        "version": str(saved.version),
        "columns": f"{len(saved.slots)} mapped, {len(saved.columns) - len(saved.slots)} left out",
    }))  # fmt: skip
