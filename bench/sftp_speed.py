"""How fast one large upload is, compared with OpenSSH's server on the same machine.

    python -m bench.sftp_speed --megabytes 1024 [--rounds 5] [--json]

The same client (`sftp` of OpenSSH) uploads the same file to our server and to `internal-sftp` of
OpenSSH's sshd. Ours archives, hashes and syncs before it answers; theirs only writes. A round is
one upload to each server; the order alternates between rounds, and the disk is synced before each
upload, so that neither pays for the other's writes. A small first round warms both up and is not
counted. Prints megabytes per second and the ratio of every round, the load of the machine, and the
peak resident memory of our server. Needs `openssh-client` and `openssh-server`.
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
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

_COMMAND = str(Path(sys.executable).with_name("rosterline"))
_MIB = 2**20
_KEYGEN = "/usr/bin/ssh-keygen"
_USER = "bench"
_START_SECONDS = 60.0
_WARM_UP_MEGABYTES = 64


@dataclass(frozen=True)
class Round:
    """One upload to each server: megabytes per second, and how many processes wanted to run."""

    ours: float
    theirs: float
    load: float

    @property
    def ratio(self) -> float:
        """Our speed divided by theirs."""
        return self.ours / self.theirs


@dataclass(frozen=True)
class Figures:
    """All rounds, and the peak resident memory of our server in MiB."""

    rounds: list[Round]
    peak_mib: float


def measure(megabytes: int, rounds: int) -> Figures:
    """Upload a file of `megabytes` to each server, `rounds` times."""
    with tempfile.TemporaryDirectory(prefix="rosterline-bench-") as name:
        folder = Path(name)
        (folder / "Pending").mkdir()
        small, large = folder / "small.csv", folder / "large.csv"
        _write(small, _WARM_UP_MEGABYTES)
        _write(large, megabytes)
        key = _key(folder)
        with _ours(folder, key) as (our_port, memory), _openssh(folder, key) as their_port:
            into_ours = _Target(key, our_port, _USER, "/Pending Patient Imports/roster.csv")
            target = f"{folder}/Pending/roster.csv"
            into_theirs = _Target(key, their_port, getpass.getuser(), target)
            _round(small, into_ours, into_theirs)
            measured = [_round(large, into_ours, into_theirs, turn=turn) for turn in range(rounds)]
            return Figures(measured, memory())


def _round(file: Path, ours: "_Target", theirs: "_Target", turn: int = 0) -> Round:
    load = os.getloadavg()[0]
    order = (ours, theirs) if turn % 2 else (theirs, ours)
    seconds = {target: target.put(file) for target in order}
    megabytes = file.stat().st_size / _MIB
    return Round(megabytes / seconds[ours], megabytes / seconds[theirs], load)


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
    """The peak resident memory of a process by the system's records, in MiB."""

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
    # The folder to which sshd, as root, changes its root before sign-in.
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


@dataclass(frozen=True)
class _Target:
    """The address of a server, and the user to sign in as."""

    key: Path
    port: int
    user: str
    path: str

    def put(self, file: Path) -> float:
        """Upload, and return how many seconds the client took."""
        command = ["sftp", "-q", "-b", "-", "-P", str(self.port), "-i", str(self.key)]
        options = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR")
        command += [part for option in options for part in ("-o", option)]
        os.sync()
        started = time.perf_counter()
        subprocess.run(
            [*command, f"{self.user}@127.0.0.1"],
            input=f'put {file} "{self.path}"\n',
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
    parser.add_argument("--rounds", type=int, default=5, help="uploads a server (5)")
    parser.add_argument("--json", action="store_true", help="print JSON for scripts")
    given = parser.parse_args(arguments)
    figures = measure(given.megabytes, given.rounds)
    if given.json:
        rounds = [asdict(each) | {"ratio": each.ratio} for each in figures.rounds]
        sys.stdout.write(json.dumps({"rounds": rounds, "peak_mib": figures.peak_mib}) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in _table(figures))


def _table(figures: Figures) -> Iterator[str]:
    yield f"{'round':>8}  {'ours MB/s':>9}  {'OpenSSH MB/s':>12}  {'ratio':>5}  {'load':>5}"
    columns = [(each.ours, each.theirs, each.ratio, each.load) for each in figures.rounds]
    lines = {str(number): line for number, line in enumerate(columns, 1)}
    for name, of in (("min", min), ("median", statistics.median), ("max", max)):
        lines[name] = tuple(of(column) for column in zip(*columns, strict=True))
    for name, (ours, theirs, ratio, load) in lines.items():
        yield f"{name:>8}  {ours:9.1f}  {theirs:12.1f}  {ratio:5.2f}  {load:5.2f}"
    yield f"our server's peak: {figures.peak_mib:.0f} MiB"


if __name__ == "__main__":
    main()
