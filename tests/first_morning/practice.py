"""A copy of this checkout, in which the blocks of docs/tasks/first-morning.md are typed."""

import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "docs" / "tasks" / "first-morning.md"
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
LEFT_OUT = (".*", "docs", "tests", "bench", "*.egg-info", "__pycache__", "build", "dist")
END = "=== end of block ==="


class Practice:
    """A shell in the copy; `web` is the address of the Dagster UI that `rosterline up` starts."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "checkout"
        shutil.copytree(PROJECT, self.checkout, ignore=shutil.ignore_patterns(*LEFT_OUT))
        ports = {each: str(free_port()) for each in ("WEBSERVER", "SFTP", "HTTP")}
        self.web = f"http://127.0.0.1:{ports['WEBSERVER']}"
        self._environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(self.checkout),
            "COLUMNS": "200",
            **{f"ROSTERLINE_{name}_PORT": port for name, port in ports.items()},
        }
        self._blocks = iter(BLOCKS)
        self._shell = subprocess.Popen(
            [shutil.which("bash") or "", "-euo", "pipefail"],
            cwd=self.checkout, env=self._environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def type(self, command: str) -> str:
        """Type the page's next block, which has this command in it; what it prints."""
        block = next(self._blocks)
        assert command in block, f"{command} was to be typed next, and not {block}"
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.write(f"{block}\necho '{END}'\n")
        self._shell.stdin.flush()
        lines = list(iter(self._shell.stdout.readline, f"{END}\n"))[:20_000]
        assert self._shell.poll() is None, "".join(lines)
        return "".join(lines).strip()

    def close(self) -> None:
        """Stop everything."""
        self._shell.kill()
        self._shell.communicate()
        down = [str(Path(sys.executable).with_name("rosterline")), "down"]
        subprocess.run(
            down, cwd=self.checkout, env=self._environment, capture_output=True, check=False
        )


@contextmanager
def practising() -> Iterator[Practice]:
    """A copy of the checkout; everything that is started in it ends with the context."""
    # Not below pytest's folder: as root the embedded server runs as another user.
    folder = Path(tempfile.mkdtemp(prefix="rosterline-test-"))
    folder.chmod(folder.stat().st_mode | stat.S_IXGRP | stat.S_IXOTH)
    try:
        practice = Practice(folder)
        try:
            yield practice
        finally:
            practice.close()
    finally:
        shutil.rmtree(folder)
