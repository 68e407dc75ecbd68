"""PuTTY's psftp and pscp."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from tests.gateway.sftp.client_matrix.driver import (
    DELETE,
    KEY,
    MODE,
    OWN_TEMPORARY_NAME,
    PASSWORD,
    RENAME,
    RESUME,
    TIMES,
    Desk,
    Driver,
    Outcome,
)


class Putty(Driver):
    """What both have in common."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        scan = self.run(["ssh-keyscan", "-t", "ed25519", "-p", str(desk.port), "127.0.0.1"])
        public = next(line for line in scan.said.splitlines() if " ssh-ed25519 " in line)
        (desk.folder / "host.pub").write_text(public.split(" ", 1)[1])
        shown = self.run(["ssh-keygen", "-lf", desk.folder / "host.pub"])
        self._host_key = shown.said.split()[1]
        self._key = desk.folder / "id.ppk"
        made = self.run(["puttygen", desk.key, "-O", "private", "-o", self._key])
        assert made.ok, made.said
        # PuTTY asks in the way that comes first in the protocol's list, unless a session says so.
        sessions = desk.folder / ".putty" / "sessions"
        sessions.mkdir(parents=True)
        (sessions / "by-password").write_text("AuthKI=0\n")

    def connection(self, by: str) -> list[str | Path]:
        """The options of a connection."""
        where = ["-P", str(self.desk.port), "-batch", "-noagent", "-hostkey", self._host_key]
        if by == KEY:
            return [*where, "-i", self._key]
        session = ["-load", "by-password"] if by == PASSWORD else []
        return [*session, *where, "-pw", self.desk.password]


class Psftp(Putty):
    """PuTTY's psftp."""

    name = "PuTTY `psftp`"
    options = "none; `reput` resumes"
    shown = "rm /{path}: permission denied"
    needs = ("psftp", "puttygen", "ssh-keyscan")
    cannot: ClassVar[Mapping[str, str]] = {
        OWN_TEMPORARY_NAME: "it writes to the final name",
        TIMES: "it has no option for it",
    }

    def typed(self, line: str, by: str = KEY) -> Outcome:
        """What comes of a line."""
        script = self.desk.folder / "typed"
        script.write_text(line + "\n")
        where = f"{self.desk.user}@127.0.0.1"
        return self.run(["psftp", *self.connection(by), "-b", script, where])

    def put(self, local: Path, remote: str, by: str = KEY) -> Outcome:
        return self.typed(f'put "{local}" "{remote}"', by)

    def resume(self, local: Path, remote: str) -> Outcome:
        return self.typed(f'reput "{local}" "{remote}"')

    def list(self, folder: str) -> Outcome:
        return self.typed(f'ls "{folder}"')

    def rename(self, old: str, new: str) -> Outcome:
        return self.typed(f'mv "{old}" "{new}"')

    def get(self, remote: str, local: Path) -> Outcome:
        return self.typed(f'get "{remote}" "{local}"')

    def delete(self, remote: str) -> Outcome:
        return self.typed(f'rm "{remote}"')

    def set_mode(self, remote: str) -> Outcome:
        return self.typed(f'chmod 644 "{remote}"')


class Pscp(Putty):
    """PuTTY's pscp."""

    name = "PuTTY `pscp`"
    options = "none; never `-scp`"
    shown = "pscp: unable to open {path}: permission denied"
    needs = ("pscp", "puttygen", "ssh-keyscan")
    cannot: ClassVar[Mapping[str, str]] = {
        OWN_TEMPORARY_NAME: "it writes to the final name",
        **dict.fromkeys((RESUME, RENAME, DELETE, MODE), "it only copies and lists"),
    }

    def copied(self, *words: str | Path, by: str = KEY) -> Outcome:
        """What comes of a copy."""
        return self.run(["pscp", *self.connection(by), *words])

    def put(self, local: Path, remote: str, by: str = KEY) -> Outcome:
        return self.copied(local, self.there(remote), by=by)

    def put_with_times(self, local: Path, remote: str) -> Outcome:
        return self.copied("-p", local, self.there(remote))

    def list(self, folder: str) -> Outcome:
        return self.copied("-ls", self.there(folder))

    def get(self, remote: str, local: Path) -> Outcome:
        return self.copied(self.there(remote), local)

    def by_its_old_protocol(self, local: Path, remote: str) -> Outcome:
        """Send a file as it did before it spoke SFTP."""
        return self.copied("-scp", local, self.there(remote))

    def there(self, remote: str) -> str:
        """A path of the server as pscp takes it."""
        return f"{self.desk.user}@127.0.0.1:{remote}"
