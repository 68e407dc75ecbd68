"""`rosterline missing`: the patients whom a file that is the whole list does not name."""

import typer

from cli import output
from cli.home import read_settings, registry
from cli.imports.status import Key
from registry.ledger.imports import get_import
from registry.ledger.missing_patients import list_missing

app = typer.Typer(no_args_is_help=True)


@app.command("missing")
def show_missing(import_key: Key, *, as_json: output.Json = False) -> None:
    """List the patients whom a whole list does not name.

    By their ids, a line each: patients who were there before the import and are there now. Nobody
    is removed; who is gone for good is for a person to say.
    """
    with registry(read_settings()) as connection:
        found = list_missing(connection, get_import(connection, import_key))
    if as_json:
        output.say_json(found)
    else:
        for patient_id in found:
            typer.echo(str(patient_id))
