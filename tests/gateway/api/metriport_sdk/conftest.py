"""Metriport's SDK as its authors publish it, run by node."""

import fcntl
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TRIES = 5


@dataclass(frozen=True)
class Failed:
    """A call that the SDK threw an error for: the status of our answer, and what it said."""

    status: int | None
    said: object


@pytest.fixture(scope="session")
def sdk_folder(request) -> Path:
    """A folder with the SDK in it, installed once for all runs of the tests."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("there is no node or no npm here; .ci/run installs them")
    wanted = HERE / "package.json"
    folder = Path(request.config.cache.mkdir("metriport_sdk"))
    installed = folder / "package.json"
    # Workers that test beside each other share the folder: one installs, the others wait.
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        is_there = (folder / "node_modules" / ".package-lock.json").exists()
        if not is_there or installed.read_text() != wanted.read_text():
            shutil.copy(wanted, installed)
            ran = subprocess.run(
                [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts"],
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
            )
            assert ran.returncode == 0, ran.stderr
    return folder


@pytest.fixture
def call(sdk_folder, api, client) -> Iterator[Callable[..., object]]:
    """Call a method of the SDK: `call("getPatient", id)` gives its value, or what it threw."""
    key = client.headers["x-api-key"]
    program = [
        shutil.which("node") or "",
        str(HERE / "calls.js"),
        str(sdk_folder),
        api.api_url,
        key,
    ]
    with subprocess.Popen(
        program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as node:

        def make(method: str, *args: object) -> object:
            # A busy machine answers 503, which says to repeat the call.
            for _ in range(TRIES):
                answer = ask(method, *args)
                if (
                    not isinstance(answer, Failed)
                    or answer.status != HTTPStatus.SERVICE_UNAVAILABLE
                ):
                    break
            return answer

        def ask(method: str, *args: object) -> object:
            node.stdin.write(json.dumps({"method": method, "args": args}) + "\n")
            node.stdin.flush()
            answer = json.loads(node.stdout.readline())
            if "error" in answer:
                return Failed(answer["error"].get("status"), answer["error"]["said"])
            return answer.get("value")

        yield make
        node.stdin.close()
        node.wait(20)
