"""`rosterline backup` and `rosterline restore`: the whole installation, one command each way."""

from pathlib import Path
from typing import Annotated

import typer

from cli import output
from cli.home import read_settings
from cli.recovery.backup import MadeBackup, make_backup
from cli.recovery.restore import Restored, restore_backup

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
