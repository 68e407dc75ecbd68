"""curl and rclone, which bring their own SSH."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from tests.gateway.sftp.client_matrix.driver import (
    KEY,
    MODE,
    OWN_TEMPORARY_NAME,
    PASSWORD,
    RESUME,
    TIMES,
    Desk,
    Driver,
    Outcome,
)


class Curl(Driver):
    """curl with libssh2."""

    name = "curl"
    options = "`-T`; `-C -` resumes; `-Q` for `rename`, `rm` and `chmod`"
    shown = "curl: (21) rm command failed: Permission denied"
    needs = ("curl",)
    sign_ins = (KEY, PASSWORD)
    cannot: ClassVar[Mapping[str, str]] = {
        OWN_TEMPORARY_NAME: "it writes to the final name",
        TIMES: "it sends none",
    }

    def fetched(self, *words: str | Path, by: str = KEY) -> Outcome:
        """What comes of a transfer."""
        secret = "" if by == KEY else self.desk.password
        key = ["--key", self.desk.key, "--pubkey", f"{self.desk.key}.pub"] if by == KEY else []
        who = ["-u", f"{self.desk.user}:{secret}"]
        return self.run(["curl", "-q", "-sS", "--insecure", *who, *key, *words])

    def put(self, local: Path, remote: str, by: str = KEY) -> Outcome:
        return self.fetched("-T", local, self.there(remote), by=by)

    def resume(self, local: Path, remote: str) -> Outcome:
        return self.fetched("-C", "-", "-T", local, self.there(remote))

    def list(self, folder: str) -> Outcome:
        return self.fetched(self.there(f"{folder}/"))

    def rename(self, old: str, new: str) -> Outcome:
        return self.ordered(f'rename "/{old}" "/{new}"')

    def get(self, remote: str, local: Path) -> Outcome:
        return self.fetched("-o", local, self.there(remote))

    def delete(self, remote: str) -> Outcome:
        return self.ordered(f'rm "/{remote}"')

    def set_mode(self, remote: str) -> Outcome:
        return self.ordered(f'chmod 644 "/{remote}"')

    def ordered(self, order: str) -> Outcome:
        """What comes of an order; curl needs something to fetch beside it."""
        return self.fetched("-Q", order, "--list-only", self.there("/"))

    def there(self, remote: str) -> str:
        """The address of a path."""
        return f"sftp://127.0.0.1:{self.desk.port}/{quote(remote.lstrip('/'))}"


class Rclone(Driver):
    """rclone, whose SFTP is Go's."""

    name = "rclone"
    options = "none"
    shown = "Couldn't delete: permission denied"
    needs = ("rclone",)
    sign_ins = (KEY, PASSWORD)
    cannot: ClassVar[Mapping[str, str]] = {
        OWN_TEMPORARY_NAME: "it writes to the final name before 1.63",
        RESUME: "it sends the whole file again",
        MODE: "it sets none",
    }
    rename_replaces = True

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._obscured = self.run(["rclone", "obscure", desk.password]).said.strip()
        (desk.folder / "rclone.conf").touch()

    def ordered(self, *words: str | Path, by: str = KEY) -> Outcome:
        """What comes of an order."""
        where = ["--sftp-host", "127.0.0.1", "--sftp-port", str(self.desk.port)]
        who = ["--sftp-user", self.desk.user]
        proof = ["--sftp-key-file", self.desk.key] if by == KEY else ["--sftp-pass", self._obscured]
        settings = ["--config", self.desk.folder / "rclone.conf", "--retries", "1"]
        return self.run(["rclone", *settings, *where, *who, *proof, *words])

    def put(self, local: Path, remote: str, by: str = KEY) -> Outcome:
        return self.ordered("copyto", "--ignore-times", local, self.there(remote), by=by)

    put_with_times = put

    def list(self, folder: str) -> Outcome:
        return self.ordered("lsl" if folder else "lsf", self.there(folder))

    def rename(self, old: str, new: str) -> Outcome:
        return self.ordered("moveto", "--ignore-times", self.there(old), self.there(new))

    def get(self, remote: str, local: Path) -> Outcome:
        return self.ordered("copyto", self.there(remote), local)

    def delete(self, remote: str) -> Outcome:
        return self.ordered("deletefile", self.there(remote))

    def there(self, remote: str) -> str:
        """A path of the server as rclone takes it."""
        return f":sftp:{remote}"
