"""The SQL of a stage as a list of named steps, run one after the other in DuckDB.

A step is one statement. Most are in files (`sql/<name>.sql` beside their module); those that
follow from a format's declarations are composed by functions that each return one step:

    STEPS = StepFiles(__file__)
    run_steps(connection, STEPS["find_repeated_keys"], _make_row_keys(file_format, slots))

`python -m assets.trace` shows the steps of an import one by one, and stops after any of them.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace

import duckdb

from assets.error_places import STEP_NOTE
from registry.database.statements import Statements


@dataclass(frozen=True)
class Step:
    """One statement, named for what it does; `parameters` are bound to its `$name`s."""

    name: str
    sql: str
    parameters: Mapping[str, object] = field(default_factory=dict)

    def bind(self, **parameters: object) -> "Step":
        """The step with values for its parameters."""
        return replace(self, parameters=parameters)

    def fill(self, **fragments: str) -> "Step":
        """The step with SQL for each `{name}`, from declarations and never from data."""
        return replace(self, sql=self.sql.format(**fragments))


Watcher = Callable[[duckdb.DuckDBPyConnection, Step], None]
"""Called after each step, while the tables are as the step left them."""

_WATCHER: ContextVar[Watcher | None] = ContextVar("_WATCHER", default=None)


class StepFiles:
    """The steps in `sql/` beside a module, by the name of their file."""

    def __init__(self, module_file: str) -> None:
        self._statements = Statements(module_file)

    def __getitem__(self, name: str) -> Step:
        return Step(name, self._statements[name])


def run_steps(connection: duckdb.DuckDBPyConnection, *steps: Step) -> None:
    """Execute the steps in this order."""
    watcher = _WATCHER.get()
    for step in steps:
        try:
            connection.execute(step.sql, dict(step.parameters) or None)
        except duckdb.Error as error:
            error.add_note(f"{STEP_NOTE}{step.name}")
            raise
        if watcher is not None:
            watcher(connection, step)


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    """Within, `watcher` is called after each step of any stage in this thread."""
    token = _WATCHER.set(watcher)
    try:
        yield
    finally:
        _WATCHER.reset(token)
