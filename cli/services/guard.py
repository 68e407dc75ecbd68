"""The supervisor's guard: starts the supervisor again when it ends, and does nothing else.

    python -m cli.services.guard

It is the process that the pid file names. Where it is killed itself, the supervisor starts another
one (`cli/services/supervisor.py`). It imports nothing, so that it stays small.
"""

import signal
import subprocess
import sys
import time

PAUSE_SECONDS = 2.0
DONE = 0
"""The exit code of a supervisor that was stopped, or found another one in its place."""


def main() -> None:
    """Keep a supervisor running until it ends by itself; SIGTERM ends both."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(DONE))
    child: subprocess.Popen[bytes] | None = None
    try:
        while True:
            child = subprocess.Popen([sys.executable, "-m", "cli.services.supervisor"])
            if child.wait() == DONE:
                return
            time.sleep(PAUSE_SECONDS)
    finally:
        if child is not None:
            child.terminate()


if __name__ == "__main__":
    main()
