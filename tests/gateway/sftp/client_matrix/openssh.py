"""OpenSSH's sftp and scp, and programs that run its ssh: lftp and sshfs."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from registry.landing.drop_folder import RESULTS
from tests.gateway.sftp.client_matrix.driver import (
    DELETE,
    KEY,
    LIST,
    MODE,
    OWN_TEMPORARY_NAME,
    RENAME,
    RESUME,
    Desk,
    Driver,
    Outcome,
)

NO_TEMPORARY_NAME = {OWN_TEMPORARY_NAME: "it writes to the final name"}


def ssh_options(desk: Desk, by: str) -> list[str]:
    """Options of ssh with which it uses this one way of signing in."""
    chosen = [
        "StrictHostKeyChecking=no",
        f"UserKnownHostsFile={desk.folder / 'known_hosts'}",
        "LogLevel=ERROR",
        "BatchMode=no",
        "NumberOfPasswordPrompts=1",
        f"PreferredAuthentications={'publickey' if by == KEY else by}",
    ]
    if by == KEY:
        chosen += [f"IdentityFile={desk.key}", "IdentitiesOnly=yes"]
    return ["-F", "none", *(word for each in chosen for word in ("-o", each))]


def password_first(desk: Desk, by: str) -> list[str]:
    """What types the password, because ssh asks for it at the terminal."""
    return [] if by == KEY else ["sshpass", "-p", desk.password]


class OpensshSftp(Driver):
    """OpenSSH's sftp."""

    name = "OpenSSH `sftp`"
    options = "none; `reput` resumes"
    shown = "remote delete /{path}: Permission denied"
    needs = ("sftp", "sshpass")
    cannot: ClassVar[Mapping[str, str]] = NO_TEMPORARY_NAME
    rename_replaces = True

    def typed(self, line: str, by: str = KEY) -> Outcome:
        """What comes of a line."""
        options = ssh_options(self.desk, by)
        where = ["-P", str(self.desk.port), "-b", "-", f"{self.desk.user}@127.0.0.1"]
        return self.run([*password_first(self.desk, by), "sftp", *options, *where], typed=line)

    def put(self, local: Path, remote: str, by: str = KEY) -> Outcome:
        return self.typed(f'put "{local}" "{remote}"', by)

    def put_with_times(self, local: Path, remote: str) -> Outcome:
        return self.typed(f'put -p "{local}" "{remote}"')

    def resume(self, local: Path, remote: str) -> Outcome:
        return self.typed(f'reput "{local}" "{remote}"')

    def list(self, folder: str) -> Outcome:
        return self.typed(f'ls -l "{folder}"')

    def rename(self, old: str, new: str) -> Outcome:
        return self.typed(f'rename "{old}" "{new}"')

    def get(self, remote: str, local: Path) -> Outcome:
        return self.typed(f'get "{remote}" "{local}"')

    def delete(self, remote: str) -> Outcome:
        return self.typed(f'rm "{remote}"')

    def set_mode(self, remote: str) -> Outcome:
        return self.typed(f'chmod 644 "{remote}"')


class OpensshScp(Driver):
    """OpenSSH's scp, which speaks SFTP since 9.0."""

    name = "OpenSSH `scp`"
    options = "none since 9.0; `-s` with 8.7 to 8.9; never `-O`"
    shown = 'scp: dest open "{path}": Permission denied'
    needs = ("scp", "sshpass")
    cannot: ClassVar[Mapping[str, str]] = {
        **NO_TEMPORARY_NAME,
        **dict.fromkeys((RESUME, LIST, RENAME, DELETE, MODE), "it only copies"),
    }

    def copied(self, *words: str | Path, by: str = KEY) -> Outcome:
        """What comes of a copy."""
        port = ["-P", str(self.desk.port)]
        options = [*ssh_options(self.desk, by), *port]
        return self.run([*password_first(self.desk, by), "scp", *options, *words])

    def put(self, local: Path, remote: str, by: str = KEY) -> Outcome:
        return self.copied(local, self.there(remote), by=by)

    def put_with_times(self, local: Path, remote: str) -> Outcome:
        return self.copied("-p", local, self.there(remote))

    def get(self, remote: str, local: Path) -> Outcome:
        return self.copied(self.there(remote), local)

    def by_its_old_protocol(self, local: Path, remote: str) -> Outcome:
        """Send a file as scp did before it spoke SFTP."""
        return self.copied("-O", local, self.there(remote))

    def there(self, remote: str) -> str:
        """A path of the server as scp takes it."""
        return f"{self.desk.user}@127.0.0.1:{remote}"


class Lftp(Driver):
    """lftp, which runs ssh."""

    name = "lftp"
    options = "none; `put -c` resumes; `set xfer:use-temp-file yes` for a temporary name"
    shown = "rm: Access failed: only files in Pending Patient Imports can be deleted ({path})"
    needs = ("lftp", "ssh")

    def typed(self, line: str, by: str = KEY) -> Outcome:
        """What comes of a line."""
        ssh = " ".join(["ssh", "-a", "-x", *ssh_options(self.desk, by)])
        settings = f'set sftp:connect-program "{ssh}"; set net:max-retries 1; set cmd:fail-exit y'
        password = "" if by == KEY else self.desk.password
        where = f"sftp://{self.desk.user}:{password}@127.0.0.1:{self.desk.port}"
        return self.run(["lftp", "--norc", "-c", f"{settings}; open {where}; {line}"])

    def put(self, local: Path, remote: str, by: str = KEY) -> Outcome:
        return self.typed(f'put "{local}" -o "{remote}"', by)

    put_with_times = put

    def put_by_temporary_name(self, local: Path, remote: str) -> Outcome:
        return self.typed(f'set xfer:use-temp-file yes; put "{local}" -o "{remote}"')

    def resume(self, local: Path, remote: str) -> Outcome:
        return self.typed(f'put -c "{local}" -o "{remote}"')

    def list(self, folder: str) -> Outcome:
        return self.typed(f'cls -l "{folder}/"')

    def rename(self, old: str, new: str) -> Outcome:
        return self.typed(f'mv "{old}" "{new}"')

    def get(self, remote: str, local: Path) -> Outcome:
        return self.typed(f'get "{remote}" -o "{local}"')

    def delete(self, remote: str) -> Outcome:
        return self.typed(f'rm "{remote}"')

    def set_mode(self, remote: str) -> Outcome:
        return self.typed(f'chmod 644 "{remote}"')


class Sshfs(Driver):
    """A folder of the customer's machine behind which the server is."""

    name = "sshfs"
    options = "none; `cp` ends before the server has answered, so look with `ls` before you unmount"
    shown = "cannot remove '{path}': Permission denied"
    needs = ("sshfs", "fusermount3")
    cannot: ClassVar[Mapping[str, str]] = NO_TEMPORARY_NAME
    rename_replaces = True

    @classmethod
    def missing(cls) -> str | None:
        """Also a system on which file systems can be mounted."""
        if (program := super().missing()) is not None:
            return program
        try:
            os.close(os.open("/dev/fuse", os.O_RDWR))
        except OSError:
            return "/dev/fuse"
        return None

    def mounted(self, *words: str | Path, by: str = KEY) -> Outcome:
        """What comes of a command in the mounted folder."""
        folder = self.desk.folder / "mounted"
        folder.mkdir(exist_ok=True)
        options = ssh_options(self.desk, by)[2:]
        server = [f"{self.desk.user}@127.0.0.1:", folder, "-p", str(self.desk.port), "-F", "none"]
        typed = [] if by == KEY else ["-o", "password_stdin"]
        mount = self.run(["sshfs", *server, *typed, *options], typed=f"{self.desk.password}\n")
        if not mount.ok:
            return mount
        try:
            outcome = self.run(["env", f"--chdir={folder}", *words], LC_ALL="C")
            # A program ends before the server has answered the last close. Requests are answered in
            # their order, so after this one the folder can be unmounted.
            self.run(["ls", folder / RESULTS])
            return outcome
        finally:
            self.unmount(folder)

    def unmount(self, folder: Path) -> None:
        """Unmount the folder, even while something looks at it."""
        unmounted = self.run(["fusermount3", "-u", "-z", folder])
        assert unmounted.ok, unmounted.said

    def put(self, local: Path, remote: str, by: str = KEY) -> Outcome:
        return self.mounted("cp", local, remote, by=by)

    def put_with_times(self, local: Path, remote: str) -> Outcome:
        return self.mounted("cp", "--preserve=timestamps,mode", local, remote)

    def resume(self, local: Path, remote: str) -> Outcome:
        rest = 'tail -c +$(($(stat -c %s "$2") + 1)) "$1" >> "$2"'
        return self.mounted("sh", "-c", rest, "sh", local, remote)

    def list(self, folder: str) -> Outcome:
        return self.mounted("ls", "-l", folder)

    def rename(self, old: str, new: str) -> Outcome:
        return self.mounted("mv", old, new)

    def get(self, remote: str, local: Path) -> Outcome:
        return self.mounted("cp", remote, local)

    def delete(self, remote: str) -> Outcome:
        return self.mounted("rm", remote)

    def set_mode(self, remote: str) -> Outcome:
        return self.mounted("chmod", "644", remote)
