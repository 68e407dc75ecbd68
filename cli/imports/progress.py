"""A progress bar over the stages of an import, read from the ledger while the import runs."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from registry.database.connections import connect
from registry.ledger.imports import Import, list_attempts
from registry.ledger.moves import IMPORT_WAS_RUN
from registry.ledger.progress import read_progress
from registry.settings import Settings

STAGES = {
    "landed_files": "reading the file",
    "staged_patients": "normalising and checking rows",
    "matched_patients": "matching patients",
    "patients": "writing the registry",
    "result_files": "writing the result",
}
"""The assets of an import in their order, and what each does."""

POLL_SECONDS = 0.15


@contextmanager
def shown(settings: Settings, imported: Import, label: str) -> Iterator[None]:
    """Show how far an import is while the body runs it, if stderr is a terminal."""
    # A copy of stderr, because Dagster redirects stderr into its log files during a run.
    with os.fdopen(os.dup(2), "w") as own_stderr:
        console = Console(file=own_stderr)
        if not console.is_terminal:
            yield
            return
        with _bar(console) as bar:
            task = bar.add_task(label, total=len(STAGES), stage="starting")
            over = threading.Event()
            watcher = threading.Thread(
                target=_watch, args=(settings, imported, bar, task, over), daemon=True
            )
            watcher.start()
            try:
                yield
            finally:
                over.set()
                watcher.join()


def _bar(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", style="bold"),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[stage]}", style="bright_black"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )


def _watch(
    settings: Settings, imported: Import, bar: Progress, task: TaskID, over: threading.Event
) -> None:
    with connect(settings) as connection:
        # A transaction that stays open between two queries would hold up vacuum.
        connection.autocommit = True
        # If the import is over, a further attempt is about to begin.
        is_over = imported.state in IMPORT_WAS_RUN
        before = len(list_attempts(connection, imported.id)) if is_over else 0
        while not over.wait(POLL_SECONDS):
            done = read_progress(connection, imported.id, before).stages
            left = [said for stage, said in STAGES.items() if stage not in done]
            bar.update(task, completed=len(STAGES) - len(left), stage=left[0] if left else "done")
