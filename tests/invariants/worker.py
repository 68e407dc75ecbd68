"""A process of its own that takes an import through its stages, so that a test can kill it.

    python -m tests.invariants.worker PARTITION_KEY STAGE…

After each stage it says the stage's name and waits for a line before it goes on.
"""

import os
import subprocess
import sys
from pathlib import Path

from registry.database import connect
from registry.settings import Settings

PROJECT = Path(__file__).parents[2]


class Worker:
    """The process, as the test sees it."""

    def __init__(self, settings: Settings, partition_key: str, *stages: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.invariants.worker", partition_key, *stages],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **settings.as_environment(), "PYTHONPATH": str(PROJECT)},
            cwd=PROJECT,
            text=True,
        )

    def wait_for(self, stage: str) -> None:
        """Returns once this stage is over; the process stands still then."""
        assert self.process.stdout
        said = self.process.stdout.readline().strip()
        assert said == stage, (said, self.process.stderr and self.process.stderr.read())

    def go_on(self) -> None:
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def kill(self) -> None:
        self.process.kill()
        self.close()

    def close(self) -> int:
        """Its exit code, once it has ended by itself or was killed."""
        self.process.communicate()
        return self.process.returncode


def main() -> None:
    from assets.stages import run_stage
    from tests.importing import STAGES

    key, *names = sys.argv[1:]
    settings = Settings()
    stages = {stage.name: stage for stage in STAGES}
    for name in names:
        with connect(settings) as connection:
            run_stage(stages[name], connection, settings, key, run_id="worker", again=False)
        print(name, flush=True)  # noqa: T201 - the test reads it
        sys.stdin.readline()


if __name__ == "__main__":
    main()
