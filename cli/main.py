"""The `rosterline` command: which commands there are, and how errors end.

    rosterline ──▶ COMMANDS ──▶ module of that one command ──▶ registry, pipelines

A module is imported when its command runs, so that `--help` answers at once.
"""

import atexit
import gc
import importlib
import importlib.metadata
import os
import re
import sys
import warnings
from dataclasses import dataclass
from typing import Annotated, cast

import typer
from typer.core import TyperCommand, TyperGroup

from cli import output
from schemas.errors import FileFault, RosterlineError, StorageUnavailable

# Libraries bring objects by the hundred thousand, and they stay: to look through them for garbage
# again and again while they load took a tenth of a small import.
gc.set_threshold(100_000, 50, 50)


def _leave_at_once() -> None:
    # To look at them once more at the end was a seventh of a command that reads. Where it is not
    # done, DuckDB complains of leaks.
    if "duckdb" not in sys.modules:
        gc.freeze()


atexit.register(_leave_at_once)

_LINE_END = re.compile(r"(?<!\n)\n(?!\n)")
DEBUG_VARIABLE = "ROSTERLINE_DEBUG"
EXIT_OTHER = 1
EXIT_FILE_FAILED = 2


@dataclass(frozen=True)
class Sign:
    """A command as the overview shows it; `about` is the first line of its own help."""

    module: str
    about: str
    panel: str


_RUN, _FILES, _CUSTOMERS = "Run Rosterline", "Files and what became of them", "Customers"

COMMANDS = {
    "up": Sign("cli.installation.up_and_down", "Start everything, and say where it is.", _RUN),
    "down": Sign("cli.installation.up_and_down", "Stop everything that `up` started.", _RUN),
    "demo": Sign(
        "cli.installation.up_and_down", "Import synthetic rosters and show what comes out.", _RUN
    ),
    "doctor": Sign(
        "cli.installation.up_and_down", "Check this installation, and say what to do.", _RUN
    ),
    "import": Sign("cli.imports.run_imports", "Import one file now.", _FILES),
    "process-pending": Sign(
        "cli.imports.run_imports", "Import everything that waits, now.", _FILES
    ),
    "status": Sign(
        "cli.imports.status", "Show imports and awaited files, or one of them in full.", _FILES
    ),
    "rows": Sign("cli.imports.status", "Show what became of each row of an import.", _FILES),
    "result": Sign("cli.imports.status", "Write an import's result file, byte for byte.", _FILES),
    "lineage": Sign(
        "cli.patients.lineage", "Show where each value of a patient came from.", _FILES
    ),
    "review": Sign("cli.patients.review", "Pairs of patients that a person must judge.", _FILES),
    "backfill": Sign("cli.imports.backfill", "Run imports again that are over.", _FILES),
    "diff": Sign("cli.imports.backfill", "Compare two attempts over an import.", _FILES),
    "undo": Sign("cli.imports.undo", "Undo an import.", _FILES),
    "night": Sign("cli.imports.night", "Show what the night did, and what needs a hand.", _FILES),
    "marts": Sign(
        "cli.installation.marts", "Tables over registry and ledger, for analysts.", _FILES
    ),
    "account": Sign("cli.access.accounts", "Customers and how their files are read.", _CUSTOMERS),
    "facility": Sign(
        "cli.access.accounts", "Places of an account that patients belong to.", _CUSTOMERS
    ),
    "cohort": Sign("cli.access.accounts", "Groups of an account that files may name.", _CUSTOMERS),
    "user": Sign("cli.access.users", "Who may sign in at the portal.", _CUSTOMERS),
    "key": Sign("cli.access.keys", "Keys of the HTTP API.", _CUSTOMERS),
    "template": Sign(
        "cli.formats.template", "Write a CSV template to send to a customer.", _CUSTOMERS
    ),
    "format": Sign("cli.formats.template", "File formats that can be imported.", _CUSTOMERS),
}


class LazyGroup(TyperGroup):
    """The command as a whole: loads what is asked for, and ends errors in one way."""

    def list_commands(  # type: ignore[override]
        self,
        ctx: typer.Context,  # noqa: ARG002
    ) -> list[str]:
        """The names, in the order of the overview."""
        return list(COMMANDS)

    def get_command(  # type: ignore[override]
        self,
        ctx: typer.Context,  # noqa: ARG002
        cmd_name: str,
    ) -> TyperCommand | TyperGroup | None:
        """The command with this name, its module imported."""
        return load(cmd_name) if cmd_name in COMMANDS else None

    def format_help(  # type: ignore[override]
        self, ctx: typer.Context, formatter: object
    ) -> None:
        """Show the overview from signs alone; nothing is imported for it."""
        signs = [
            TyperCommand(name, help=sign.about, rich_help_panel=sign.panel)
            for name, sign in COMMANDS.items()
        ]
        overview = TyperGroup(name=self.name, commands=signs, params=self.params, help=self.help)
        overview.format_help(ctx, formatter)  # type: ignore[arg-type]

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Read the options before the command's name."""
        try:
            return super().parse_args(ctx, args)
        except typer.TyperException as error:
            error.exit_code = EXIT_OTHER
            raise

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        """Run a command; whatever goes wrong ends in one message and one exit code."""
        try:
            with warnings.catch_warnings():
                # Those of libraries tell a person at a terminal nothing that can be acted on.
                warnings.simplefilter("default" if _debugging() else "ignore")
                return super().invoke(ctx)
        except (typer.Exit, typer.Abort):
            raise
        except typer.TyperException as error:
            error.exit_code = EXIT_OTHER  # 2 would say that a file failed
            if not output.wants_json(ctx):
                raise
            output.fail("usage", error.format_message(), as_json=True)
            raise typer.Exit(EXIT_OTHER) from error
        except RosterlineError as error:
            _stop(ctx, error, error.code, str(error))
            raise typer.Exit(
                EXIT_FILE_FAILED if isinstance(error, FileFault) else EXIT_OTHER
            ) from error
        except BrokenPipeError:
            raise  # `… | head` has seen enough; typer ends quietly
        except OSError as error:
            said = f"{error.strerror}: {error.filename}" if error.filename else str(error)
            _stop(ctx, error, StorageUnavailable.code, said)
            raise typer.Exit(EXIT_OTHER) from error
        except Exception as error:
            # Its text may hold a patient's values, so only the kind of error is shown.
            name = type(error).__name__
            said = (
                f"unexpected {name}; {DEBUG_VARIABLE}=1 shows where, `rosterline doctor` may help"
            )
            _stop(ctx, error, "unexpected", said)
            raise typer.Exit(EXIT_OTHER) from error


def load(name: str) -> TyperCommand | TyperGroup:
    """The command called `name`, from its module."""
    module = importlib.import_module(COMMANDS[name].module)
    found = cast("TyperCommand | TyperGroup", typer.main.get_group(module.app).commands[name])
    _let_help_flow(found)
    return found


def _let_help_flow(command: TyperCommand | TyperGroup) -> None:
    """A docstring's lines end where the source does; a terminal has a width of its own."""
    command.help = _LINE_END.sub(" ", command.help or "")
    for each in command.commands.values() if isinstance(command, TyperGroup) else ():
        _let_help_flow(cast("TyperCommand | TyperGroup", each))


def _stop(ctx: typer.Context, error: Exception, code: str, message: str) -> None:
    if _debugging():
        raise error
    output.fail(code, message, as_json=output.wants_json(ctx))


def _debugging() -> bool:
    return os.environ.get(DEBUG_VARIABLE, "").lower() in ("1", "true", "yes", "on")


app = typer.Typer(
    name="rosterline",
    cls=LazyGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # its tracebacks could show values
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - how typer calls it
    if wanted:
        output.console.print(importlib.metadata.version("rosterline"), highlight=False)
        raise typer.Exit


@app.callback()
def main(
    *,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Take patient rosters in, keep a patient registry, and answer every row."""
