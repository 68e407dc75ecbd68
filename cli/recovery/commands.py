"""`rosterline backup`, `restore` and `move-to-bucket`: the whole installation, or its files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import output
from cli.home import read_settings
from cli.recovery.backup import MadeBackup, make_backup
from cli.recovery.restore import Restored, restore_backup

if TYPE_CHECKING:
    from cli.recovery.move_to_bucket import Moved

app = typer.Typer(no_args_is_help=True)

EXIT_DAMAGED = 1


@app.command("backup")
def back_up(
    folder: Annotated[Path, typer.Argument(help="An empty folder, or an unfinished backup.")],
    *,
    with_values: Annotated[
        bool,
        typer.Option("--with-values", help="Keep values of settings too, passwords among them."),
    ] = False,
    as_json: output.Json = False,
) -> None:
    """Copy the whole installation into a folder.

    Everything may run meanwhile. A backup that was cut off is gone on with. The folder holds
    patients' data and secret keys. Exits with 1 when the archive itself is damaged.
    """
    with output.errors.status("Making a backup …"):
        made = make_backup(read_settings(), folder.absolute(), with_values=with_values)
    if as_json:
        output.say_json(made.__dict__)
    else:
        output.console.print(output.facts(_about_backup(made)))
    if made.damaged or made.missing:
        raise typer.Exit(EXIT_DAMAGED)


@app.command("restore")
def restore(
    folder: Annotated[Path, typer.Argument(help="A complete backup.")],
    *,
    as_json: output.Json = False,
) -> None:
    """Put a backup into an empty home.

    Refuses a home or a database that holds something. A restore that was cut off is gone on with.
    `rosterline up` starts everything afterwards.
    """
    settings = read_settings()
    with output.errors.status("Restoring …"):
        restored = restore_backup(settings, folder.absolute())
    if as_json:
        output.say_json(restored.__dict__ | {"home": settings.home})
    else:
        output.console.print(output.facts(_about_restored(restored) | {"Home": str(settings.home)}))


@app.command("move-to-bucket")
def move(
    url: Annotated[str, typer.Argument(help="s3://bucket/prefix, gs://… or az://…")],
    *,
    as_json: output.Json = False,
) -> None:
    """Copy received files, results and models from the home into a bucket.

    Each object is read back and checked. Everything may run meanwhile, and the command can be
    repeated. For the last time run it after `rosterline down`, then set ROSTERLINE_STORE_URL.
    Exits with 1 when something that the ledger names is missing in the bucket.
    """
    # The library of buckets takes a moment to load.
    from cli.recovery.move_to_bucket import move_to_bucket  # noqa: PLC0415

    with output.errors.status("Copying …") as status:
        moved = move_to_bucket(read_settings(), url, status.update)
    if as_json:
        output.say_json(moved.__dict__)
    else:
        output.console.print(output.facts(_about_moved(moved)))
    if moved.refused or moved.missing:
        raise typer.Exit(EXIT_DAMAGED)


def _about_moved(moved: "Moved") -> dict[str, str | None]:
    return {
        "Bucket": moved.bucket,
        "Copied": f"{moved.copied:,} files, {moved.byte_count:,} bytes, each read back",
        "Copied before": f"{moved.known:,} files",
        "Came back damaged": ", ".join(moved.refused) or None,
        "Missing": ", ".join(moved.missing) or None,
        "Next": "once more after `rosterline down`; then set ROSTERLINE_STORE_URL and start again",
    }


def _about_backup(made: MadeBackup) -> dict[str, str | None]:
    return {
        "Backup": output.place(made.folder),
        "Files": f"{made.file_count:,}, {made.byte_count:,} bytes, each with its sha256",
        "Damaged in the archive": ", ".join(made.damaged) or None,
        "Missing in the archive": ", ".join(made.missing) or None,
        "Next": "keep it where only administrators can read: it holds patients' data and keys",
    }


def _about_restored(restored: Restored) -> dict[str, str | None]:
    return {
        "Restored": f"{restored.file_count:,} files, {restored.byte_count:,} bytes, and databases",
        "Backup of": restored.made_at,
        "Set then and not now": ", ".join(restored.not_set) or None,
        "Next": "`rosterline up`, then `rosterline doctor`",
    }
