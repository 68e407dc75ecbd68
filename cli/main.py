"""The `rosterline` command: its overview, and how errors end.

rosterline ──▶ COMMANDS ──▶ module of that one command ──▶ registry, pipelines
"""

import atexit
import gc
import importlib.metadata
import os
import sys
import warnings
from typing import Annotated

import typer
from typer.core import TyperCommand, TyperGroup

from cli import output
from cli.commands import COMMANDS, load
from registry.processes import private_files
from schemas.errors import FileFault, RosterlineError, StorageUnavailable

# Libraries create hundreds of thousands of objects that stay. To look through them for garbage
# again and again, while they load, took a tenth of a small import.
gc.set_threshold(100_000, 50, 50)


def _leave_at_once() -> None:
    # To look through all objects once more at the end took a seventh of a command that reads.
    # Commands that load DuckDB need it: without it, DuckDB reports leaks.
    if "duckdb" not in sys.modules:
        gc.freeze()


atexit.register(_leave_at_once)

DEBUG_VARIABLE = "ROSTERLINE_DEBUG"
EXIT_OTHER = 1
EXIT_FILE_FAILED = 2


class LazyGroup(TyperGroup):
    """The command as a whole: loads one command, and ends all errors in one way."""

    def list_commands(  # type: ignore[override]
        self,
        ctx: typer.Context,  # noqa: ARG002
    ) -> list[str]:
        """The names of all commands, in the order of the overview."""
        return list(COMMANDS)

    def get_command(  # type: ignore[override]
        self,
        ctx: typer.Context,  # noqa: ARG002
        cmd_name: str,
    ) -> TyperCommand | TyperGroup | None:
        """The command of this name; its module is imported now."""
        return load(cmd_name) if cmd_name in COMMANDS else None

    def format_help(  # type: ignore[override]
        self, ctx: typer.Context, formatter: object
    ) -> None:
        """Show the overview, without importing any command."""
        commands = [
            TyperCommand(name, help=entry.about, rich_help_panel=entry.panel)
            for name, entry in COMMANDS.items()
        ]
        overview = TyperGroup(name=self.name, commands=commands, params=self.params, help=self.help)
        overview.format_help(ctx, formatter)  # type: ignore[arg-type]

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Read the options before the command's name."""
        try:
            return super().parse_args(ctx, args)
        except typer.TyperException as error:
            error.exit_code = EXIT_OTHER
            raise

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        """Run a command; any error ends in one message and an exit code."""
        try:
            with private_files(), warnings.catch_warnings():
                # Warnings of libraries are of no use to the user of a command.
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
            raise  # the reader of a pipe has ended, as in `… | head`; typer ends quietly
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
