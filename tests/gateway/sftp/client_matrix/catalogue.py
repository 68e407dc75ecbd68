"""The clients of the matrix, and what docs/tasks/send-by-sftp.md says of them."""

from registry.landing.drop_folder import RESULTS
from tests.gateway.sftp.client_matrix.driver import (
    OWN_TEMPORARY_NAME,
    RENAME,
    RESUME,
    SIGN_INS,
    TIMES,
    Driver,
)
from tests.gateway.sftp.client_matrix.filezilla import Filezilla
from tests.gateway.sftp.client_matrix.libraries import (
    Asyncssh,
    Jsch,
    NodeSftp,
    Paramiko,
    PerlSftp,
)
from tests.gateway.sftp.client_matrix.openssh import Lftp, OpensshScp, OpensshSftp, Sshfs
from tests.gateway.sftp.client_matrix.putty import Pscp, Psftp
from tests.gateway.sftp.client_matrix.transfer_programs import Curl, Rclone

DRIVERS: tuple[type[Driver], ...] = (
    OpensshSftp,
    OpensshScp,
    Filezilla,
    Psftp,
    Pscp,
    Lftp,
    Rclone,
    Curl,
    Sshfs,
    Paramiko,
    Asyncssh,
    Jsch,
    PerlSftp,
    NodeSftp,
)

HEADER = (
    "| client | options to give | signs in by | resumes | keeps times | uses a temporary name "
    "by itself | its rename replaces a waiting file | shows when a result shall be deleted |"
)


def table() -> str:
    """The table of the docs, in Markdown."""
    lines = [HEADER, "|" + " --- |" * (HEADER.count("|") - 1)]
    for driver in DRIVERS:
        answers = [_yes(step not in driver.cannot) for step in (RESUME, TIMES, OWN_TEMPORARY_NAME)]
        renames = "cannot rename" if RENAME in driver.cannot else _yes(driver.rename_replaces)
        ways = "all three" if driver.sign_ins == SIGN_INS else ", ".join(driver.sign_ins)
        shown = f"`{shown_of(driver)}`"
        cells = [driver.name, driver.options, ways, *answers, renames, shown]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def shown_of(driver: type[Driver], name: str = "…") -> str:
    """What the client shows about a result of this name that it must not change."""
    return driver.shown.format(path=f"{RESULTS}/{name}")


def _yes(answer: object) -> str:
    return "yes" if answer else "no"
