"""Commands in a home of a test's own, each in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

ROSTERLINE = str(Path(sys.executable).with_name("rosterline"))


def rosterline(settings, *arguments):
    """What a command prints; it must succeed."""
    environment = os.environ | settings.as_environment()
    ran = subprocess.run(
        [ROSTERLINE, *map(str, arguments)], env=environment, capture_output=True, check=False
    )
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout
