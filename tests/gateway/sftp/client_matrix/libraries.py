"""Libraries: Python's paramiko and asyncssh, others in programs that are asked line by line."""

import asyncio
import shutil
import subprocess
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import ClassVar

import asyncssh
import paramiko

from tests.gateway.sftp.client_matrix.driver import (
    KEY,
    OWN_TEMPORARY_NAME,
    PASSWORD,
    SECONDS,
    Desk,
    Driver,
    Outcome,
)

PROGRAMS = Path(__file__).parent / "programs"
NO_TEMPORARY_NAME = {OWN_TEMPORARY_NAME: "it writes to the final name"}


class Paramiko(Driver):
    """Python's paramiko, which most of Python's jobs use."""

    name = "Python `paramiko`"
    options = 'none; `open(…, "r+")` and `seek` resume'
    shown = "[Errno 13] only files in Pending Patient Imports can be deleted"
    cannot: ClassVar[Mapping[str, str]] = NO_TEMPORARY_NAME

    def told(self, work: Callable[[paramiko.SFTPClient], object], by: str = KEY) -> Outcome:
        """What comes of a session's work."""
        transport = paramiko.Transport(("127.0.0.1", self.desk.port))
        try:
            transport.start_client(timeout=SECONDS)
            self._sign_in(transport, by)
            session = paramiko.SFTPClient.from_transport(transport)
            assert session is not None
            return Outcome(ok=True, said=str(work(session)))
        except (OSError, paramiko.SSHException) as error:
            return Outcome(ok=False, said=str(error))
        finally:
            transport.close()

    def _sign_in(self, transport: paramiko.Transport, by: str) -> None:
        desk = self.desk
        if by == KEY:
            key = paramiko.Ed25519Key.from_private_key_file(str(desk.key))
            transport.auth_publickey(desk.user, key)
        elif by == PASSWORD:
            transport.auth_password(desk.user, desk.password, fallback=False)
        else:
            transport.auth_interactive(
                desk.user, lambda _title, _words, asked: [desk.password] * len(asked)
            )

    def put(self, local: Path, remote: str, by: str = KEY) -> Outcome:
        return self.told(lambda session: session.put(str(local), remote), by)

    def put_with_times(self, local: Path, remote: str) -> Outcome:
        times = local.stat().st_atime, local.stat().st_mtime
        return self.told(
            lambda session: (session.put(str(local), remote), session.utime(remote, times))
        )

    def resume(self, local: Path, remote: str) -> Outcome:
        def rest(session: paramiko.SFTPClient) -> None:
            with session.open(remote, "r+") as there, local.open("rb") as here:
                size = there.stat().st_size or 0
                here.seek(size)
                there.seek(size)
                there.write(here.read())

        return self.told(rest)

    def list(self, folder: str) -> Outcome:
        return self.told(lambda session: "\n".join(map(str, session.listdir_attr(folder or "."))))

    def rename(self, old: str, new: str) -> Outcome:
        return self.told(lambda session: session.rename(old, new))

    def get(self, remote: str, local: Path) -> Outcome:
        return self.told(lambda session: session.get(remote, str(local)))

    def delete(self, remote: str) -> Outcome:
        return self.told(lambda session: session.remove(remote))

    def set_mode(self, remote: str) -> Outcome:
        return self.told(lambda session: session.chmod(remote, 0o644))


class Asyncssh(Driver):
    """Python's asyncssh."""

    name = "Python `asyncssh`"
    options = 'none; `open(…, "ab")` resumes'
    shown = "only files in Pending Patient Imports can be deleted"
    cannot: ClassVar[Mapping[str, str]] = NO_TEMPORARY_NAME

    def told(
        self, work: Callable[[asyncssh.SFTPClient], Awaitable[object]], by: str = KEY
    ) -> Outcome:
        """What comes of a session's work."""

        async def whole() -> object:
            async with (
                asyncio.timeout(SECONDS),
                asyncssh.connect(
                    "127.0.0.1", self.desk.port, username=self.desk.user,
                    password=self.desk.password, client_keys=[str(self.desk.key)],
                    preferred_auth="publickey" if by == KEY else by,
                    known_hosts=None, agent_path=None, config=None,
                ) as connection,
                connection.start_sftp_client() as session,
            ):  # fmt: skip
                return await work(session)

        try:
            return Outcome(ok=True, said=str(asyncio.run(whole())))
        except (OSError, asyncssh.Error) as error:
            return Outcome(ok=False, said=str(error))

    def put(self, local: Path, remote: str, by: str = KEY) -> Outcome:
        return self.told(lambda session: session.put(str(local), remote), by)

    def put_with_times(self, local: Path, remote: str) -> Outcome:
        return self.told(lambda session: session.put(str(local), remote, preserve=True))

    def resume(self, local: Path, remote: str) -> Outcome:
        content = local.read_bytes()

        async def rest(session: asyncssh.SFTPClient) -> None:
            async with session.open(remote, "ab") as there:
                size = (await there.stat()).size or 0
                await there.write(content[size:])

        return self.told(rest)

    def list(self, folder: str) -> Outcome:
        async def names(session: asyncssh.SFTPClient) -> str:
            found = await session.readdir(folder or ".")
            return "\n".join(f"{each.filename!r} {each.attrs.size}" for each in found)

        return self.told(names)

    def rename(self, old: str, new: str) -> Outcome:
        return self.told(lambda session: session.rename(old, new))

    def get(self, remote: str, local: Path) -> Outcome:
        return self.told(lambda session: session.get(remote, str(local)))

    def delete(self, remote: str) -> Outcome:
        return self.told(lambda session: session.remove(remote))

    def set_mode(self, remote: str) -> Outcome:
        return self.told(lambda session: session.chmod(remote, 0o644))


class Asked(Driver):
    """A program in another language, which is started once and then asked, one line a request.

    A request is a verb, a way to sign in, and the verb's paths, with tabs between them. The answer
    is `done` or `failed`, a tab, and what the library said, without line ends.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        known = [str(desk.port), desk.user, desk.password, str(desk.key), str(desk.old_key)]
        self._process = subprocess.Popen(
            [*self.command(), *known], cwd=desk.folder, env=desk.environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def command(self) -> list[str]:
        """How the program is started."""
        raise NotImplementedError

    def ask(self, verb: str, *paths: str | Path, by: str = KEY) -> Outcome:
        """What comes of a request."""
        stdin, stdout, stderr = (
            self._process.stdin,
            self._process.stdout,
            self._process.stderr,
        )
        assert stdin is not None
        assert stdout is not None
        assert stderr is not None
        stdin.write("\t".join([verb, by, *map(str, paths)]) + "\n")
        stdin.flush()
        answer = stdout.readline()
        assert answer, stderr.read()
        done, _, said = answer.rstrip("\n").partition("\t")
        return Outcome(done == "done", said)

    def close(self) -> None:
        """End the program."""
        self._process.communicate(timeout=SECONDS)

    def put(self, local: Path, remote: str, by: str = KEY) -> Outcome:
        return self.ask("put", local, remote, by=by)

    def put_with_times(self, local: Path, remote: str) -> Outcome:
        return self.ask("put-with-times", local, remote)

    def put_by_temporary_name(self, local: Path, remote: str) -> Outcome:
        return self.ask("put-by-temporary-name", local, remote)

    def resume(self, local: Path, remote: str) -> Outcome:
        return self.ask("resume", local, remote)

    def list(self, folder: str) -> Outcome:
        return self.ask("list", f"/{folder}")

    def rename(self, old: str, new: str) -> Outcome:
        return self.ask("rename", old, new)

    def get(self, remote: str, local: Path) -> Outcome:
        return self.ask("get", remote, local)

    def delete(self, remote: str) -> Outcome:
        return self.ask("delete", remote)

    def set_mode(self, remote: str) -> Outcome:
        return self.ask("set-mode", remote)


class Jsch(Asked):
    """Java's JSch, as many interface engines have it."""

    name = "Java JSch"
    options = "0.1.55 and older: an ECDSA key, not Ed25519; `ChannelSftp.RESUME` resumes"
    shown = "SftpException 3: only files in Pending Patient Imports can be deleted"
    needs = ("java", "javac")
    cannot: ClassVar[Mapping[str, str]] = NO_TEMPORARY_NAME
    rename_replaces = True
    jar: ClassVar[Path] = Path("/usr/share/java/jsch.jar")

    @classmethod
    def missing(cls) -> str | None:
        """Also the library."""
        return super().missing() or (None if cls.jar.exists() else str(cls.jar))

    def command(self) -> list[str]:
        java = str(shutil.which("java"))
        quick = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
        return [java, *quick, "-cp", str(self.jar), str(PROGRAMS / "JschClient.java")]


class PerlSftp(Asked):
    """Perl's Net::SFTP::Foreign, which runs ssh."""

    name = "Perl `Net::SFTP::Foreign`"
    options = "none; `resume => 1`, `atomic => 1` for a temporary name"
    shown = "Couldn't delete remote file: only files in Pending Patient Imports can be deleted"
    needs = ("perl", "ssh")

    @classmethod
    def missing(cls) -> str | None:
        """Also the libraries; the second one types passwords."""
        if (program := super().missing()) is not None:
            return program
        for library in ("Net::SFTP::Foreign", "IO::Pty"):
            words = [str(shutil.which("perl")), f"-M{library}", "-e", "1"]
            if subprocess.run(words, capture_output=True, check=False).returncode:
                return library
        return None

    def command(self) -> list[str]:
        return [str(shutil.which("perl")), str(PROGRAMS / "sftp_foreign.pl")]


class NodeSftp(Asked):
    """npm's ssh2-sftp-client."""

    name = "npm `ssh2-sftp-client`"
    options = "none; `append` resumes"
    shown = "delete: only files in Pending Patient Imports can be deleted {path}"
    needs = ("node", "npm")
    cannot: ClassVar[Mapping[str, str]] = NO_TEMPORARY_NAME
    modules: ClassVar[Path | None] = None
    """Where the package is installed; the fixture that installs it says so."""

    def command(self) -> list[str]:
        return [str(shutil.which("node")), str(PROGRAMS / "ssh2_sftp_client.js"), str(self.modules)]
