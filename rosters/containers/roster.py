"""A roster as it stands in the file that was received, and where in it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rosters.byte_source import LocalBytes, path_of
from rosters.containers.seals import Kind
from rosters.layout import Layout
from rosters.mapped_layout import layout_of_file
from schemas.errors import FileFault
from schemas.formats import Format

_SHOWN_CHARS = 80
_SHOWN_NAMES = 5
_LONGEST_NAME_CHARS = 200

Keys = Callable[[Kind], Sequence[Path]]
"""The files of the private keys of a kind that may open what was received."""


def no_keys(_: Kind) -> Sequence[Path]:
    """No keys: an encrypted file cannot be opened."""
    return ()


@dataclass(frozen=True)
class Scratch:
    """Where unpacked bytes may be put, how many there may be of one file, and what decrypts it.

    `max_members` is how many files may be in the archives of one file, all of them together.
    """

    folder: Path
    max_bytes: int
    keys: Keys = no_keys
    max_members: int = 100


Place = tuple[int, ...]
"""Where a file stands in an archive: `(2,)` is the third one of it, and `(2, 0)` the first one of
the archive that is the third one."""


@dataclass(frozen=True)
class Member:
    """A roster in an archive, and its name there, which is a path on no disk of ours."""

    place: Place
    name: str

    def within(self, number: int, name: str) -> "Member":
        """The same member as a file of the archive around its own."""
        return Member((number, *self.place), f"{name}/{self.name}")


class SeveralRosters(FileFault):
    """The fault of an archive with several rosters, where only one can be read.

    `members` are these, in the archive's order; `passed_over` are (name, why) of its other files.
    """

    def __init__(
        self, members: Sequence[Member], passed_over: Sequence[tuple[str, str]] = ()
    ) -> None:
        names = shown_names([member.name for member in members])
        super().__init__(
            "several_rosters_inside",
            f"the archive holds {len(members)} rosters: {names}; nothing was imported, send each "
            "by itself",
        )
        self.members = tuple(members)
        self.passed_over = tuple(passed_over)


@dataclass(frozen=True)
class Roster:
    """The CSV text of a roster; for a workbook, line 7 holds row 7 of its sheet.

    `member` is its name in an archive and `sheet` that of the sheet, where there is one. `notes`
    are (code, message) about what was read and what was not.
    """

    source: LocalBytes
    sheet: str = ""
    member: str = ""
    notes: tuple[tuple[str, str], ...] = ()

    @property
    def byte_count(self) -> int:
        """How many bytes the text has."""
        return path_of(self.source).stat().st_size

    def layout(self, file_format: Format) -> Layout:
        """The layout of the text, with the place of the roster in the received file.

        Raises:
            FileFault: as `layout_of_file` does.
        """
        layout = layout_of_file(self.source, file_format)
        notes = (*self.notes, *layout.notes)
        return replace(layout, sheet=self.sheet, member=self.member, notes=notes)


def shown_name(name: str) -> str:
    """A name of the sender's as messages show it: without control characters, and not too long."""
    plain = _printable(name)
    return plain if len(plain) <= _SHOWN_CHARS else f"{plain[: _SHOWN_CHARS - 1]}…"


def member_name(name: str) -> str:
    """A member's name as the ledger keeps it: its end, which tells files of a folder apart.

    Example:
        `north/clinic.csv`, also where a program of Windows wrote it with a backslash.
    """
    plain = _printable(name.replace("\\", "/"))
    return plain if len(plain) <= _LONGEST_NAME_CHARS else f"…{plain[1 - _LONGEST_NAME_CHARS :]}"


def _printable(name: str) -> str:
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)


def shown_names(names: list[str]) -> str:
    """Names in a message: the first ones, and how many more there are."""
    shown = ", ".join(f"'{shown_name(name)}'" for name in names[:_SHOWN_NAMES])
    more = len(names) - _SHOWN_NAMES
    return f"{shown} and {more} more" if more > 0 else shown
