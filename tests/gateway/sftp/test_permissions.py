"""Every request of the protocol at every kind of place: what is answered, and that nothing moved.

`+` is done, `?` no such file, `-` permission denied, `!` failure, `x` operation unsupported.
"""

import asyncio
import os
import stat
from dataclasses import dataclass

import asyncssh
import pytest
from asyncssh import SFTPAttrs
from asyncssh.constants import (
    FXF_APPEND,
    FXF_CREAT,
    FXF_EXCL,
    FXF_READ,
    FXF_TRUNC,
    FXF_WRITE,
    FXP_BLOCK,
    FXP_CLOSE,
    FXP_FSETSTAT,
    FXP_FSTAT,
    FXP_LINK,
    FXP_LSTAT,
    FXP_MKDIR,
    FXP_OPEN,
    FXP_OPENDIR,
    FXP_READ,
    FXP_READDIR,
    FXP_READLINK,
    FXP_REALPATH,
    FXP_REMOVE,
    FXP_RENAME,
    FXP_RMDIR,
    FXP_SETSTAT,
    FXP_STAT,
    FXP_SYMLINK,
    FXP_UNBLOCK,
    FXP_WRITE,
)

from registry.database.connections import connect, connect_as_owner
from registry.landing.drop_folder import PENDING, RESULTS
from registry.store import store_of
from tests.conftest import EMPTY_ALL_TABLES
from tests.gateway.sftp.customers import Customer, Offset, Raw, customer, dial

PLACES = {
    "waiting": f"/{PENDING}/roster.csv",
    "absent": f"/{PENDING}/absent.csv",
    "link": f"/{PENDING}/link.csv",
    "dir": f"/{PENDING}/folder.csv",
    "result": f"/{RESULTS}/2026-11-21_roster.csv",
    "noresult": f"/{RESULTS}/absent.csv",
    "reslink": f"/{RESULTS}/link.csv",
    "pending": f"/{PENDING}",
    "results": f"/{RESULTS}",
    "root": "/",
    "foreign": f"/../globex/{PENDING}/theirs.csv",
    "fresult": f"{RESULTS}/../../globex/{RESULTS}/theirs.csv",
    "outside": "/etc/passwd",
    "dots": "../../../../../../etc/passwd",
}
TABLE = """
                waiting absent link dir result noresult reslink pending results root foreign fresult outside dots
open to read         -      -    -   -     +        ?       ?       -       -    -       ?       ?       ?    ?
open to write        +      +    -   -     -        -       -       -       -    -       ?       ?       ?    ?
open to append       +      ?    -   -     -        -       -       -       -    -       ?       ?       ?    ?
open to resume       +      ?    -   -     -        -       -       -       -    -       ?       ?       ?    ?
open new only        !      +    -   -     -        -       -       -       -    -       ?       ?       ?    ?
open for both        +      +    -   -     -        -       -       -       -    -       ?       ?       ?    ?
open cut off         +      ?    -   -     -        -       -       -       -    -       ?       ?       ?    ?
list                 ?      ?    ?   ?     ?        ?       ?       +       +    +       ?       ?       ?    ?
stat                 +      ?    ?   ?     +        ?       ?       +       +    +       ?       ?       ?    ?
lstat                +      ?    ?   ?     +        ?       ?       +       +    +       ?       ?       ?    ?
set times            +      ?    ?   ?     -        -       -       -       -    -       ?       ?       ?    ?
lsetstat times       +      ?    ?   ?     -        -       -       -       -    -       ?       ?       ?    ?
set mode             +      ?    ?   ?     -        -       -       -       -    -       ?       ?       ?    ?
set owner            -      -    -   -     -        -       -       -       -    -       ?       ?       ?    ?
set size             -      -    -   -     -        -       -       -       -    -       ?       ?       ?    ?
rename from          +      ?    ?   ?     -        -       -       -       -    -       ?       ?       ?    ?
rename onto          -      +    -   -     -        -       -       -       -    -       ?       ?       ?    ?
posix from           +      ?    ?   ?     -        -       -       -       -    -       ?       ?       ?    ?
posix onto           +      +    -   -     -        -       -       -       -    -       ?       ?       ?    ?
remove               +      ?    ?   ?     -        -       -       -       -    -       ?       ?       ?    ?
mkdir                -      -    -   -     -        -       -       -       -    -       -       -       -    -
rmdir                -      -    -   -     -        -       -       -       -    -       -       -       -    -
symlink to           x      x    x   x     x        x       x       x       x    x       x       x       x    x
symlink at           x      x    x   x     x        x       x       x       x    x       x       x       x    x
link (v6)            x      x    x   x     x        x       x       x       x    x       x       x       x    x
hardlink to          x      x    x   x     x        x       x       x       x    x       x       x       x    x
hardlink at          x      x    x   x     x        x       x       x       x    x       x       x       x    x
readlink             x      x    x   x     x        x       x       x       x    x       x       x       x    x
statvfs              x      x    x   x     x        x       x       x       x    x       x       x       x    x
realpath             +      +    +   +     +        +       +       +       +    +       ?       ?       ?    ?
"""  # noqa: E501 - a row of a table is one line
HANDLES = """
                upload result folder closed
read                 -      +      !      !
write                +      -      !      !
fstat                +      +      !      !
fset times           +      -      !      !
fset mode            +      -      !      !
fset owner           -      -      !      !
fset size            +      -      !      !
fsync                +      -      !      !
readdir              !      !      +      !
close                +      +      +      !
lock                 x      x      x      x
unlock               x      x      x      x
fstatvfs             x      x      x      x
copy-data            x      x      x      x
ranges               x      x      x      x
"""
SIGNS = {2: "?", 3: "-", 4: "!", 8: "x"}
NONE, OTHER, NEW = SFTPAttrs(), f"/{PENDING}/other.csv", f"/{PENDING}/new.csv"
ATTRIBUTES = {
    "times": SFTPAttrs(atime=1_000_000_000, mtime=1_000_000_001),
    "mode": SFTPAttrs(permissions=0o777),
    "owner": SFTPAttrs(uid=0, gid=0),
    "size": SFTPAttrs(size=0),
}
OPEN_FLAGS = {
    "open to read": FXF_READ,
    "open to write": FXF_WRITE | FXF_CREAT | FXF_TRUNC,
    "open to append": FXF_WRITE | FXF_APPEND,
    "open to resume": FXF_WRITE,
    "open new only": FXF_WRITE | FXF_CREAT | FXF_EXCL,
    "open for both": FXF_READ | FXF_WRITE | FXF_CREAT,
    "open cut off": FXF_WRITE | FXF_TRUNC,
}
REQUESTS = {
    "stat": lambda path: (FXP_STAT, path),
    "lstat": lambda path: (FXP_LSTAT, path),
    "lsetstat times": lambda path: (b"lsetstat@openssh.com", path, raw("times")),
    "rename from": lambda path: (FXP_RENAME, path, NEW),
    "rename onto": lambda path: (FXP_RENAME, OTHER, path),
    "posix from": lambda path: (b"posix-rename@openssh.com", path, NEW),
    "posix onto": lambda path: (b"posix-rename@openssh.com", OTHER, path),
    "remove": lambda path: (FXP_REMOVE, path),
    "mkdir": lambda path: (FXP_MKDIR, path, Raw(NONE.encode(3))),
    "rmdir": lambda path: (FXP_RMDIR, path),
    "symlink to": lambda path: (FXP_SYMLINK, path, NEW),
    "symlink at": lambda path: (FXP_SYMLINK, OTHER, path),
    "link (v6)": lambda path: (FXP_LINK, NEW, path, Raw(b"\1")),
    "hardlink to": lambda path: (b"hardlink@openssh.com", path, NEW),
    "hardlink at": lambda path: (b"hardlink@openssh.com", OTHER, path),
    "readlink": lambda path: (FXP_READLINK, path),
    "statvfs": lambda path: (b"statvfs@openssh.com", path),
    "realpath": lambda path: (FXP_REALPATH, path),
    "read": lambda handle: (FXP_READ, handle, Offset(0), 10),
    "write": lambda handle: (FXP_WRITE, handle, Offset(0), b"more"),
    "fstat": lambda handle: (FXP_FSTAT, handle),
    "fsync": lambda handle: (b"fsync@openssh.com", handle),
    "readdir": lambda handle: (FXP_READDIR, handle),
    "close": lambda handle: (FXP_CLOSE, handle),
    "lock": lambda handle: (FXP_BLOCK, handle, Offset(0), Offset(0), 1),
    "unlock": lambda handle: (FXP_UNBLOCK, handle, Offset(0), Offset(0)),
    "fstatvfs": lambda handle: (b"fstatvfs@openssh.com", handle),
    "copy-data": lambda h: (b"copy-data", h, Offset(0), Offset(0), h, Offset(0)),
    "ranges": lambda handle: (b"ranges@asyncssh.com", handle, Offset(0), Offset(9)),
}


def raw(what: str) -> Raw:
    return Raw(ATTRIBUTES[what].encode(3))


def cases(table: str) -> list[object]:
    """Operation, place and sign of each cell."""
    found = []
    header, *rows = table.strip().splitlines()
    for row in rows:
        operation, signs = row[:15].strip(), row[15:].split()
        for place, sign in zip(header.split(), signs, strict=True):
            found.append(pytest.param(operation, place, sign, id=f"{operation} {place}"))
    return found


@dataclass
class World:
    """Two customers' folders and what an operator left there; laid out anew for each case."""

    acme: Customer
    globex: Customer
    client: object
    laid_out: object = None

    def lay_out(self):
        self.close_all()
        if not self.acme.on_disk and self.there() == self.laid_out:
            return  # a bucket takes longer than a folder, and most requests change nothing
        for folder in (self.acme.pending, self.globex.pending, self.acme.results):
            for path in folder.iterdir():
                path.rmdir() if self.acme.on_disk and path.is_dir() else path.unlink()
        for name in ("roster.csv", "other.csv"):
            (self.acme.pending / name).write_text("waits")
        (self.globex.pending / "theirs.csv").write_text("theirs")
        (self.acme.results / "2026-11-21_roster.csv").write_text("result")
        (self.globex.results / "theirs.csv").write_text("their result")
        if self.acme.on_disk:
            self.lay_out_what_no_bucket_has()
        self.laid_out = self.there()

    def close_all(self):
        """Close what is open, and end what the session remembers of an upload that was refused.

        An empty file is not taken in place of one that waits. After that the first "remove" of its
        name means the failed upload, and is answered with a failure.
        """
        handles, self.client.handles = self.client.handles, []
        if any(self.ask(FXP_CLOSE, each)[0] != "+" for each in handles):
            self.ask(FXP_REMOVE, PLACES["waiting"])

    def lay_out_what_no_bucket_has(self):
        (self.acme.results / "2026-11-21_roster.csv").chmod(0o444)
        (self.acme.pending / "folder.csv").mkdir()
        for folder in (self.acme.pending, self.acme.results):
            (folder / "link.csv").symlink_to(self.globex.pending / "theirs.csv")

    def there(self):
        """Everything a request could have touched, with times and modes."""
        if not self.acme.on_disk:
            return self.in_bucket()
        found = {}
        for path in sorted(self.acme.settings.drop_dir.rglob("*")):
            status = path.lstat()
            text = path.read_text() if stat.S_ISREG(status.st_mode) else None
            found[str(path)] = (status.st_mode, status.st_ino, status.st_mtime_ns, text)
        return found | {"passwd": os.stat("/etc/passwd").st_mtime_ns}  # noqa: PTH116 - as the rest

    def in_bucket(self):
        store = store_of(self.acme.settings)
        with connect(self.acme.settings) as connection:
            rows = [
                connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
                for table in ("import", "sftp_upload")
            ]
        areas = ("archive", "uploads", "drop", "results")
        objects = {each.key: each for area in areas for each in store.list(area)}
        return rows, objects

    def ask(self, *request):
        """The sign of the answer."""
        try:
            return "+", self.client.request(*request)
        except asyncssh.SFTPError as error:
            return SIGNS[error.code] if error.reason else "no words", None

    def open(self, path, flags):
        sign, handle = self.ask(FXP_OPEN, path, flags, Raw(NONE.encode(3)))
        if handle is not None:
            self.client.handles.append(handle)
        return sign, handle


@pytest.fixture(scope="module")
def shared(one_server):
    """Both customers and one session for all cases: the tables are emptied once."""
    with connect_as_owner(one_server) as connection:
        connection.execute(EMPTY_ALL_TABLES)
        acme = customer(connection, one_server, "acme", "ada")
        globex = customer(connection, one_server, "globex", "grace")
    with asyncio.Runner() as runner:
        client = dial(runner, one_server, "ada")
        client.handles = []
        yield World(acme, globex, client)
        client.close()


@pytest.fixture
def world(shared):
    shared.lay_out()
    return shared


NOTHING_IN_A_BUCKET = {"link": "absent", "dir": "absent", "reslink": "noresult"}
SIGN_OF = {(each.values[0], each.values[1]): each.values[2] for each in cases(TABLE)}


@pytest.mark.parametrize(("operation", "place", "expected"), cases(TABLE))
def test_each_request_is_answered_as_the_table_says(world, operation, place, expected):
    path, before = PLACES[place], world.there()
    if not world.acme.on_disk:
        expected = SIGN_OF.get((operation, NOTHING_IN_A_BUCKET.get(place, "")), expected)
    if operation in OPEN_FLAGS:
        answer, _ = world.open(path, OPEN_FLAGS[operation])
    elif operation == "list":
        _, handle = world.ask(FXP_OPENDIR, path)
        answer, _ = world.ask(FXP_READDIR, handle)
        world.client.handles.append(handle)
    elif operation.startswith("set "):
        answer, _ = world.ask(FXP_SETSTAT, path, raw(operation.removeprefix("set ")))
    else:
        answer, _ = world.ask(*REQUESTS[operation](path))
    assert answer == expected
    is_ignored = operation == "set mode"
    changes = operation.startswith(("set", "lset", "rename", "posix", "remove")) and not is_ignored
    assert (world.there() == before) is not (changes and expected == "+")


@pytest.mark.parametrize(("operation", "kind", "expected"), cases(HANDLES))
def test_each_request_about_something_open_is_answered_as_the_table_says(
    world, operation, kind, expected
):
    before = world.there()
    if kind == "folder":
        _, handle = world.ask(FXP_OPENDIR, PLACES["pending"])
        world.client.handles.append(handle)
    elif kind == "result":
        _, handle = world.open(PLACES["result"], FXF_READ)
    else:
        _, handle = world.open(NEW, OPEN_FLAGS["open to write"])
    if kind == "closed":
        world.close_all()
        before = world.there()
    if operation == "close":
        world.client.handles = []
    if operation.startswith("fset "):
        answer, _ = world.ask(FXP_FSETSTAT, handle, raw(operation.removeprefix("fset ")))
    else:
        answer, _ = world.ask(*REQUESTS[operation](handle))
    assert answer == expected
    assert world.there() == before or (operation, kind) == ("close", "upload")
