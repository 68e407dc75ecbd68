"""`rosterline template` and `rosterline format`: what a customer may send."""

import csv
import io
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import output
from schemas.catalogue import FORMATS, get_format
from schemas.formats import Format

app = typer.Typer(no_args_is_help=True)
format_app = typer.Typer(no_args_is_help=True, help="File formats that can be imported.")
app.add_typer(format_app, name="format")


@app.command("template")
def write_template(
    name: Annotated[
        str, typer.Argument(metavar="FORMAT", help="The format; `rosterline format list`.")
    ],
    *,
    example: Annotated[
        bool,
        typer.Option("--example", help="Add a row of examples, which the customer overwrites."),
    ] = False,
    file: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write to this file, not to stdout.")
    ] = None,
) -> None:
    """Write a CSV template to send to a customer.

    For a format with a header, the template is the header alone, so that nothing in it can be taken
    for a patient. For a format without a header it is a row of examples: an empty file would show
    nothing.
    """
    declared = get_format(name)
    text = template_of(declared, example=example)
    if file is None:
        typer.echo(text.encode(), nl=False)
    else:
        file.write_bytes(text.encode())
    if example or not declared.has_header:
        output.note("The row of examples is not a patient: overwrite it before the file is sent.")


def template_of(declared: Format, *, example: bool = False) -> str:
    """The template of a format: RFC 4180, CRLF, as spreadsheets write it."""
    columns = [column for column in declared.columns if column.in_template]
    made = io.StringIO()
    writer = csv.writer(made)
    if declared.has_header:
        writer.writerow([column.header for column in columns])
    if example or not declared.has_header:
        writer.writerow([column.example for column in columns])
    return made.getvalue()


@format_app.command("list")
def list_formats(*, as_json: output.Json = False) -> None:
    """List the formats."""
    known = [_described(declared) for declared in FORMATS.values()]
    if as_json:
        output.say_json(known)
        return
    headers = ("format", "what it is", "header", "columns", "at most")
    rows = [
        (
            each["name"],
            each["title"],
            "yes" if each["has_header"] else "no",
            str(sum(column["in_template"] for column in each["columns"])),
            f"{each['max_rows']:,} rows" if each["max_rows"] else output.NOTHING,
        )
        for each in known
    ]
    output.console.print(output.table(headers, rows, right=("columns", "at most")))


@format_app.command("show")
def show_format(
    name: Annotated[
        str, typer.Argument(metavar="FORMAT", help="The format; `rosterline format list`.")
    ],
    *,
    as_json: output.Json = False,
) -> None:
    """Show a format's columns: what each may hold, with an example."""
    declared = get_format(name)
    if as_json:
        output.say_json(_described(declared))
        return
    rows = [
        (column.label, "yes" if column.required else "", column.kind.describe, column.example)
        for column in declared.columns
        if column.in_template
    ]
    headers = ("column", "required", "holds", "example")
    output.console.print(output.table(headers, rows, title=declared.title))


def _described(declared: Format) -> dict[str, Any]:
    return {
        "name": declared.name,
        "title": declared.title,
        "has_header": declared.has_header,
        "max_rows": declared.max_rows,
        "columns": [
            {
                "header": column.label,
                "required": column.required,
                "holds": column.kind.describe,
                "example": column.example,
                "in_template": column.in_template,
            }
            for column in declared.columns
        ],
    }
