"""`rosterline lineage`: each value of a patient with its file and line, and all earlier values.

It imports as little as it can: the query takes milliseconds, and libraries take longer to load.
"""

from collections.abc import Iterator
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from cli import output
from cli.home import read_settings, registry
from registry.ledger.archived_months import WHERE_TO_LOOK
from registry.patients.history import owner_of, read_record, read_refused_values
from registry.patients.merged_ids import surviving_patient
from registry.patients.record import Origin
from registry.patients.value_history import ValueHistory, value_histories

app = typer.Typer(no_args_is_help=True)

Line = tuple[Text | str, ...]
_HEADERS = ("field", "value", "file", "line", "import", "attempt", "run", "received UTC")
_KEY_LETTERS = 10
_RUN_LETTERS = 8
_FILE_LETTERS = 24


@app.command("lineage")
def show_lineage(
    patient: Annotated[
        UUID, typer.Argument(metavar="PATIENT", help="The patient's id, of any account.")
    ],
    field: Annotated[
        str | None,
        typer.Argument(
            metavar="FIELD",
            help="Only this field, or the values below this address: `first_name`, `address`, "
            "`address/home/city`.",
        ),
    ] = None,
    *,
    as_json: output.Json = False,
) -> None:
    """Show where each value of a patient came from.

    For each value it shows the file and line that asserted it, the import, attempt and Dagster run,
    and when the file was received. Below it are earlier values, the newest first, and values that
    were refused because there was a newer one. The id of a merged patient leads to the surviving
    patient; a patient that an undo removed still has a history.
    The output is patient data.
    """
    with registry(read_settings()) as connection:
        account_id, account = owner_of(connection, patient)
        patient = surviving_patient(connection, account_id, patient)
        record = read_record(connection, account_id, patient)
        histories = value_histories(record, read_refused_values(connection, patient), field)
    if as_json:
        values = [_as_json(history) for history in histories]
        since = record.history_since
        output.say_json(
            {"patient": patient, "account": account, "history_since": since, "values": values}
        )
        return
    output.console.print(_shown(patient, account, field, histories))
    if record.history_since:
        output.note(f"Changes from before {record.history_since:%Y-%m-%d} were archived; "
                    f"{WHERE_TO_LOOK}.")  # fmt: skip


def _shown(
    patient: UUID, account: str, field: str | None, histories: list[ValueHistory]
) -> RenderableType:
    head = Text.assemble(("patient ", "bright_black"), str(patient), f"  {account}")
    if not histories:
        return Group(head, Text(f"There never was a value at {field}."))
    lines = (line for history in histories for line in _lines(history))
    return Group(head, output.table(_HEADERS, lines, right=("line", "attempt"), dense=True))


def _lines(history: ValueHistory) -> Iterator[Line]:
    """The current value, the earlier values, then the refused ones."""
    name: Text | str = history.address
    if not history.steps:
        yield (name, Text(history.value or output.NOTHING, "bold"), *[output.NOTHING] * 6)
        name = ""
    for place, step in enumerate(history.steps):
        value = "cleared" if step.new is None else step.new
        style = "bright_black" if place else "bold"
        yield (name, Text(value, style), *_origin_cells(step.origin))
        name = ""
    for kept in history.refused:
        said = Text(f"refused, kept that of {_short(kept.newer)}", "yellow")
        yield (name, said, *_origin_cells(kept.origin))
        name = ""


def _origin_cells(origin: Origin) -> Line:
    received = f"{origin.received_at:%Y-%m-%d %H:%M}"
    if origin.undone is not None:
        said = f"undone by {origin.user_name}"
        key = _short(origin.undone.partition_key)
        return (said, output.NOTHING, key, *[output.NOTHING] * 2, received)
    if origin.partition_key is None:
        kind = (origin.decision or "").replace("_", " ")
        said = f"{kind} by {origin.user_name}" if kind else "set by a person"
        return (said, *[output.NOTHING] * 4, received)
    file = Text(output.short(origin.file_name or output.NOTHING, _FILE_LETTERS))
    if origin.is_undone:
        file.append(", undone", "yellow")
    return (
        file,
        str(origin.line),
        _short(origin.partition_key),
        str(origin.attempt),
        (origin.run_id or output.NOTHING)[:_RUN_LETTERS],
        received,
    )


def _short(key: str) -> str:
    """The end of an import's key, which is enough to name the import."""
    return key if key == "a person" else key[-_KEY_LETTERS:]


def _as_json(history: ValueHistory) -> dict[str, Any]:
    return {
        "address": history.address,
        "value": history.value,
        "history": [
            {"value": step.new, "before": step.old, **_origin_json(step.origin)}
            for step in history.steps
        ],
        "refused": [
            {"kept_value_of": kept.newer, **_origin_json(kept.origin)} for kept in history.refused
        ],
    }


def _origin_json(origin: Origin) -> dict[str, Any]:
    """Where a value came from: a line of a file, or a person's decision; the rest is None."""
    by_file = origin.partition_key is not None
    return {
        "by": "file" if by_file else origin.decision or "person",
        "user": origin.user_name,
        "undone": origin.is_undone,
        "undid": origin.undone and origin.undone.partition_key,
        "file_name": origin.file_name,
        "source": origin.source,
        "line": origin.line if by_file else None,
        "import": origin.import_id,
        "partition_key": origin.partition_key,
        "attempt": origin.attempt if by_file else None,
        "run": origin.run_id,
        "received_at": origin.received_at,
    }
