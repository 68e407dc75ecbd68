"""Which commands there are. A module is imported when its command runs, so `--help` is quick."""

import importlib
import re
from dataclasses import dataclass
from typing import cast

import typer
from typer.core import TyperCommand, TyperGroup

_LINE_END = re.compile(r"(?<!\n)\n(?!\n)")


@dataclass(frozen=True)
class CommandEntry:
    """A command as the overview shows it.

    `about` is the first line of the command's own help; a test compares the two.
    """

    module: str
    about: str
    panel: str


_RUN, _FILES, _CUSTOMERS = "Run Rosterline", "Files and what became of them", "Customers"

COMMANDS = {
    "up": CommandEntry(
        "cli.installation.up_and_down", "Start everything, and say where it is.", _RUN
    ),
    "down": CommandEntry(
        "cli.installation.up_and_down", "Stop everything that `up` started.", _RUN
    ),
    "demo": CommandEntry(
        "cli.installation.up_and_down", "Import synthetic rosters and show what comes out.", _RUN
    ),
    "ui": CommandEntry(
        "cli.installation.dagster_link", "Print a link that opens the Dagster UI.", _RUN
    ),
    "migrate": CommandEntry(
        "cli.installation.migrate", "Bring the tables up to date, and start nothing.", _RUN
    ),
    "doctor": CommandEntry(
        "cli.installation.up_and_down", "Check this installation, and say what to do.", _RUN
    ),
    "intake": CommandEntry(
        "cli.services.intake_command", "Take files in from drop folders until stopped.", _RUN
    ),
    "worker": CommandEntry(
        "cli.services.worker_command", "Execute runs that Celery hands out, until stopped.", _RUN
    ),
    "env": CommandEntry(
        "cli.installation.env",
        "Print the variables with which dagster, dg and dbt work on this home.",
        _RUN,
    ),
    "notify": CommandEntry(
        "cli.installation.notify", "Channels over which operators are told.", _RUN
    ),
    "prune": CommandEntry(
        "cli.installation.prune", "Remove what is older than the settings say.", _RUN
    ),
    "backup": CommandEntry(
        "cli.recovery.commands", "Copy the whole installation into a folder.", _RUN
    ),
    "restore": CommandEntry("cli.recovery.commands", "Put a backup into an empty home.", _RUN),
    "move-to-bucket": CommandEntry(
        "cli.recovery.commands",
        "Copy received files, results and models from the home into a bucket.",
        _RUN,
    ),
    "import": CommandEntry("cli.imports.run_imports", "Import one file now.", _FILES),
    "process-pending": CommandEntry(
        "cli.imports.run_imports", "Import everything that waits, now.", _FILES
    ),
    "status": CommandEntry(
        "cli.imports.status", "Show imports and awaited files, or one of them in full.", _FILES
    ),
    "rows": CommandEntry(
        "cli.imports.status", "Show what became of each row of an import.", _FILES
    ),
    "result": CommandEntry(
        "cli.imports.status", "Write an import's result file, byte for byte.", _FILES
    ),
    "lineage": CommandEntry(
        "cli.patients.lineage", "Show where each value of a patient came from.", _FILES
    ),
    "review": CommandEntry(
        "cli.patients.review_commands", "Patients that a person must judge.", _FILES
    ),
    "matching": CommandEntry(
        "cli.patients.matching", "The search for near-duplicate patients.", _FILES
    ),
    "backfill": CommandEntry("cli.imports.backfill", "Run imports again that are over.", _FILES),
    "diff": CommandEntry("cli.imports.backfill", "Compare two attempts over an import.", _FILES),
    "undo": CommandEntry("cli.imports.undo", "Undo an import.", _FILES),
    "give-up": CommandEntry(
        "cli.imports.give_up", "End an import that does not come to its end.", _FILES
    ),
    "cancel": CommandEntry("cli.imports.cancel", "Cancel an import that is not over.", _FILES),
    "held": CommandEntry("cli.imports.held", "List files that wait for a person.", _FILES),
    "let-through": CommandEntry(
        "cli.imports.held", "Let a held file through, and import it now.", _FILES
    ),
    "refuse": CommandEntry(
        "cli.imports.held", "Refuse a held file; its sender gets a result that says so.", _FILES
    ),
    "missing": CommandEntry(
        "cli.imports.missing", "List the patients whom a whole list does not name.", _FILES
    ),
    "night": CommandEntry(
        "cli.imports.night", "Show what the night did, and what needs a hand.", _FILES
    ),
    "marts": CommandEntry(
        "cli.installation.marts", "Tables over registry and ledger, for analysts.", _FILES
    ),
    "account": CommandEntry(
        "cli.access.accounts", "Customers and how their files are read.", _CUSTOMERS
    ),
    "facility": CommandEntry(
        "cli.access.accounts", "Places of an account that patients belong to.", _CUSTOMERS
    ),
    "cohort": CommandEntry(
        "cli.access.accounts", "Groups of an account that files may name.", _CUSTOMERS
    ),
    "user": CommandEntry("cli.access.users", "Who may sign in at the portal.", _CUSTOMERS),
    "key": CommandEntry("cli.access.keys", "Keys of the HTTP API.", _CUSTOMERS),
    "template": CommandEntry(
        "cli.formats.template", "Write a CSV template to send to a customer.", _CUSTOMERS
    ),
    "format": CommandEntry(
        "cli.formats.template", "File formats that can be imported.", _CUSTOMERS
    ),
}


def load(name: str) -> TyperCommand | TyperGroup:
    """The command of this name, from its module, which is imported now."""
    module = importlib.import_module(COMMANDS[name].module)
    found = cast("TyperCommand | TyperGroup", typer.main.get_group(module.app).commands[name])
    _let_help_flow(found)
    return found


def _let_help_flow(command: TyperCommand | TyperGroup) -> None:
    """Join the lines of help texts, because a terminal has a width of its own."""
    command.help = _LINE_END.sub(" ", command.help or "")
    for each in command.commands.values() if isinstance(command, TyperGroup) else ():
        _let_help_flow(cast("TyperCommand | TyperGroup", each))
