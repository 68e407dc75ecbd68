"""How fast one large upload is, beside OpenSSH's own server on the same machine.

    python -m bench.sftp_speed --megabytes 1024 [--rounds 3] [--json]

The same client (`sftp` of OpenSSH) puts the same file into our server and into `internal-sftp` of
OpenSSH's sshd, in turns. Ours archives, hashes and syncs before it answers; theirs only writes.
Prints megabytes a second, the ratio, and the peak resident memory of our server. Needs
`openssh-client` and `openssh-server`.
"""

import argparse
import getpass
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

_COMMAND = str(Path(sys.executable).with_name("rosterline"))
_MIB = 2**20
_KEYGEN = "/usr/bin/ssh-keygen"
_USER = "bench"
_START_SECONDS = 60.0


def measure(megabytes: int, rounds: int) -> dict[str, float]:
    """Return megabytes a second of both servers (medians), and our server's peak memory in MiB."""
    with tempfile.TemporaryDirectory(prefix="rosterline-bench-") as name:
        folder = Path(name)
        file = folder / "roster.csv"
        _write(file, megabytes)
        key = _key(folder)
        with _ours(folder, key) as (our_port, memory), _openssh(folder, key) as their_port:
            (folder / "Pending").mkdir()
            ours: list[float] = []
            theirs: list[float] = []
            for _ in range(rounds):
                target = f"{folder}/Pending/roster.csv"
                theirs.append(megabytes / _put(file, key, their_port, getpass.getuser(), target))
                target = "/Pending Patient Imports/roster.csv"
                ours.append(megabytes / _put(file, key, our_port, _USER, target))
            return {
                "ours MB/s": statistics.median(ours),
                "OpenSSH MB/s": statistics.median(theirs),
                "ratio": statistics.median(ours) / statistics.median(theirs),
                "our peak MiB": memory(),
            }


def _write(file: Path, megabytes: int) -> None:
    block = b"C1,Ada,Smith,1977,f,19 characters\n" * (_MIB // 34 + 1)
    with file.open("wb") as out:
        for _ in range(megabytes):
            out.write(block[:_MIB])


def _key(folder: Path) -> Path:
    key = folder / "key"
    subprocess.run([_KEYGEN, "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    return key


@contextmanager
def _ours(folder: Path, key: Path) -> Iterator[tuple[int, "_Peak"]]:
    port = _free_port()
    environment = os.environ | {
        "ROSTERLINE_HOME": str(folder / "home"),
        "ROSTERLINE_SFTP_PORT": str(port),
        "ROSTERLINE_MAX_FILE_BYTES": str(2**40),
        "ROSTERLINE_SFTP_MAX_WAITING_BYTES": str(2**40),
    }
    environment.pop("ROSTERLINE_DATABASE_URL", None)

    def rosterline(*arguments: str) -> None:
        subprocess.run([_COMMAND, *arguments], env=environment, check=True, stdout=sys.stderr)

    try:
        rosterline("account", "add", _USER, "--format", "thoroughcare")
        user = ("account", "sftp", "add", _USER, _USER, "--no-password", "--key", f"{key}.pub")
        rosterline(*user)
        with _running([sys.executable, "-m", "gateway.sftp"], port, environment) as server:
            yield port, _Peak(server.pid)
    finally:
        rosterline("down")


class _Peak:
    """The highest resident memory that the system noted for a process, in MiB."""

    def __init__(self, pid: int) -> None:
        self._status = Path(f"/proc/{pid}/status")

    def __call__(self) -> float:
        lines = self._status.read_text().splitlines()
        peak = next(line for line in lines if line.startswith("VmHWM:"))
        return int(peak.split()[1]) / 1024


@contextmanager
def _openssh(folder: Path, key: Path) -> Iterator[int]:
    port = _free_port()
    host_key = folder / "host_key"
    subprocess.run([_KEYGEN, "-q", "-t", "ed25519", "-N", "", "-f", str(host_key)], check=True)
    config = folder / "sshd_config"
    config.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {host_key}\nPidFile none\n"
        f"AuthorizedKeysFile {key}.pub\nStrictModes no\nUsePAM no\nPermitRootLogin yes\n"
        "Subsystem sftp internal-sftp\n"
    )
    # Where sshd, as root, puts itself while nobody is signed in.
    Path("/run/sshd").mkdir(exist_ok=True)
    with _running(["/usr/sbin/sshd", "-D", "-f", str(config)], port, dict(os.environ)):
        yield port


@contextmanager
def _running(
    command: list[str], port: int, environment: dict[str, str]
) -> Iterator[psutil.Process]:
    with subprocess.Popen(command, env=environment) as process:
        try:
            deadline = time.monotonic() + _START_SECONDS
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    if time.monotonic() > deadline or process.poll() is not None:
                        raise
                    time.sleep(0.1)
            yield psutil.Process(process.pid)
        finally:
            process.terminate()


def _put(file: Path, key: Path, port: int, user: str, target: str) -> float:
    command = ["sftp", "-q", "-b", "-", "-P", str(port), "-i", str(key)]
    options = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR")
    command += [part for option in options for part in ("-o", option)]
    started = time.perf_counter()
    subprocess.run(
        [*command, f"{user}@127.0.0.1"],
        input=f'put {file} "{target}"\n',
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - started


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure uploads of --megabytes, and print the figures as text or JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.sftp_speed", description=main.__doc__)
    parser.add_argument("--megabytes", type=int, default=1024, help="size of the file (1024)")
    parser.add_argument("--rounds", type=int, default=3, help="uploads a server (3)")
    parser.add_argument("--json", action="store_true", help="print JSON for scripts")
    given = parser.parse_args(arguments)
    figures = measure(given.megabytes, given.rounds)
    if given.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        sys.stdout.writelines(f"{name:>14}  {value:,.2f}\n" for name, value in figures.items())


if __name__ == "__main__":
    main()
