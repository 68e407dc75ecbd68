"""A process that runs the stages of an import, so that a test can kill it.

After each stage it says the stage's name and waits for a word before it goes on.
"""

from multiprocessing.connection import Connection

from assets.stage_runs import run_stage
from registry.database.connections import connect
from registry.settings import Settings
from tests.importing import STAGES
from tests.processes import FORKED


class Worker:
    """The process, as the test sees it."""

    def __init__(self, settings: Settings, partition_key: str, *stages: str) -> None:
        self._line, theirs = FORKED.Pipe()
        self.process = FORKED.Process(target=_work, args=(theirs, settings, partition_key, stages))
        self.process.start()
        theirs.close()

    def wait_for(self, stage: str) -> None:
        """Return when this stage is over; the process waits then."""
        assert self._line.poll(60)
        assert self._line.recv() == stage

    def go_on(self) -> None:
        self._line.send("go on")

    def kill(self) -> None:
        self.process.kill()
        self.close()

    def close(self) -> int | None:
        """Its exit code, after it ended or was killed."""
        self.process.join()
        self._line.close()
        return self.process.exitcode


def _work(line: Connection, settings: Settings, key: str, names: tuple[str, ...]) -> None:
    stages = {stage.name: stage for stage in STAGES}
    for name in names:
        with connect(settings) as connection:
            run_stage(stages[name], connection, settings, key, run_id="worker", again=False)
        line.send(name)
        line.recv()
