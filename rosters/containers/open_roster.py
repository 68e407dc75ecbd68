"""The one place where a received file becomes the text of a roster, whatever it is packed in."""

import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from rosters.byte_source import LocalBytes
from rosters.containers.archives import members, unpack_gzip, unpack_member
from rosters.containers.recognise import container_of, damaged
from rosters.containers.roster import (
    Member,
    Place,
    Roster,
    Scratch,
    SeveralRosters,
    member_name,
    shown_name,
    shown_names,
)
from rosters.containers.seals import Seal
from rosters.containers.unseal import unseal
from rosters.containers.workbooks import sheet_as_text
from schemas.errors import FileFault
from schemas.formats import Format

UNPACKED_PREFIX = ".unpacked-"
_MAX_DEPTH = 3
"""A workbook in a zip archive in a gzip file is opened; nobody packs more often by mistake."""

_NO_ROSTER = {"not_csv", "header_unusable", "empty_file", "no_roster_inside", "cannot_be_opened"}
"""Faults of a member that is something else. With any other it is a roster to be mended."""

_OF_THE_WHOLE = {"too_large_unpacked", "too_many_members"}
"""Faults that a member has on behalf of the whole file, all layers of which are counted."""


@contextmanager
def open_roster(
    source: LocalBytes, file_format: Format, scratch: Scratch, place: Place = ()
) -> Iterator[Roster]:
    """The roster in a received file; a file that is no container is its own roster.

    With `place`, it is the one that stands there in the archive that the file is, or holds; nothing
    but that member is unpacked. What is unpacked is a file in `scratch`, which is gone at the end.

    Raises:
        SeveralRosters: it is an archive with several rosters, and no `place` is given.
        FileFault: the container cannot be opened or decrypted, or holds too much, or no roster.
        OSError: the scratch folder cannot be written.
    """
    with ExitStack() as stack:
        yield _Opening(file_format, scratch, stack).roster(source, 0, place)


@dataclass(frozen=True)
class _Looked:
    """What a member of an archive turned out to be: the rosters in it, and what else it holds.

    `roster` or `fault` are of a member that is a roster itself, as it can be read or cannot.
    """

    members: tuple[Member, ...] = ()
    others: tuple[tuple[str, str], ...] = ()
    roster: Roster | None = None
    fault: FileFault | None = None


class _Opening:
    def __init__(self, file_format: Format, scratch: Scratch, stack: ExitStack) -> None:
        self._format, self._scratch, self._stack = file_format, scratch, stack
        self._count = 0  # bytes unpacked so far, of all layers together
        self._members = 0  # and files of archives

    def roster(self, source: LocalBytes, depth: int, place: Place = ()) -> Roster:
        container = container_of(source)
        if container is None:
            return Roster(source)
        if depth == _MAX_DEPTH:
            raise FileFault(
                "cannot_be_opened",
                f"the file is packed more than {_MAX_DEPTH} times over; send what is inside",
            )
        if container == "workbook":
            return self._sheet(source)
        if container == "zip":
            if place:
                return self._member_at(source, depth, place)
            return self._only_member(source, depth)
        path = self._file()
        with self._counting(path):
            if isinstance(container, Seal):
                keys = self._scratch.keys(container.kind)
                most = self._scratch.max_bytes - self._count
                self._count += unseal(source, path, container, keys, most)
            else:
                with path.open("wb") as target:
                    self._count = unpack_gzip(source, target, self._scratch.max_bytes, self._count)
        return self.roster(path, depth + 1, place)

    def _sheet(self, source: LocalBytes) -> Roster:
        most = self._scratch.max_bytes - self._count
        roster = sheet_as_text(source, self._file(), self._format, most)
        self._count += roster.byte_count
        return roster

    def _file(self) -> Path:
        self._scratch.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, name = tempfile.mkstemp(dir=self._scratch.folder, prefix=UNPACKED_PREFIX)
        os.close(descriptor)
        self._stack.callback(Path(name).unlink, missing_ok=True)
        return Path(name)

    @contextmanager
    def _counting(self, path: Path) -> Iterator[None]:
        """Within, `path` is written; what is there of a file that is damaged counts, too."""
        try:
            yield
        except FileFault:
            self._count += path.stat().st_size
            raise

    def _unpacked(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Path:
        path = self._file()
        with self._counting(path), path.open("wb") as target:
            self._count = unpack_member(archive, info, target, self._scratch.max_bytes, self._count)
        return path

    def _member_at(self, source: LocalBytes, depth: int, place: Place) -> Roster:
        with source.open("rb") as file, zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
            if place[0] >= len(infos):
                raise damaged("zip archive")
            info = infos[place[0]]
            path = self._unpacked(archive, info)
        return _named(self.roster(path, depth + 1, place[1:]), member_name(info.filename))

    def _only_member(self, source: LocalBytes, depth: int) -> Roster:
        """The one member that is a roster of this format; where there is one member, that one."""
        with source.open("rb") as file, zipfile.ZipFile(file) as archive:
            found = members(archive, self._scratch.max_members - self._members)
            self._members += len(found)
            if len(found) > 1:
                return _only(
                    [self._look(archive, number, info, depth) for number, info in found],
                    self._format,
                )
            ((number, info),) = found
            path = self._unpacked(archive, info)
        name = member_name(info.filename)
        try:
            return _named(self.roster(path, depth + 1), name)
        except SeveralRosters as several:
            inside = [member.within(number, name) for member in several.members]
            raise SeveralRosters(inside, several.passed_over) from several

    def _look(
        self, archive: zipfile.ZipFile, number: int, info: zipfile.ZipInfo, depth: int
    ) -> _Looked:
        name = member_name(info.filename)
        itself = (Member((number,), name),)
        try:
            path = self._unpacked(archive, info)
        except FileFault as fault:
            if fault.code in _OF_THE_WHOLE:
                raise
            return _Looked(itself, fault=fault)  # it may have been a roster
        try:
            roster = self.roster(path, depth + 1)
            roster.layout(self._format)
        except SeveralRosters as several:
            return _Looked(
                tuple(member.within(number, name) for member in several.members),
                tuple((f"{name}/{other}", why) for other, why in several.passed_over),
            )
        except FileFault as fault:
            if fault.code in _OF_THE_WHOLE:
                raise
            if fault.code in _NO_ROSTER:
                return _Looked(others=((name, fault.reason),))
            return _Looked(itself, fault=fault)
        return _Looked(itself, roster=roster)


def _named(roster: Roster, name: str) -> Roster:
    return replace(roster, member=f"{name}/{roster.member}" if roster.member else name)


def _only(looked: list[_Looked], file_format: Format) -> Roster:
    """The only roster of these members of an archive."""
    found = [member for each in looked for member in each.members]
    others = [other for each in looked for other in each.others]
    names = [name for name, _ in others]
    if len(found) > 1:
        raise SeveralRosters(found, others)
    only = next((each for each in looked if each.members), None)
    if only is None:
        raise FileFault(
            "no_roster_inside",
            f"none of the {len(names)} files in the archive can be read as a roster of the "
            f"format {file_format.name}: {shown_names(names)}; send the right one by itself",
        )
    name = found[0].name
    if only.fault is not None:
        said = f"'{shown_name(name)}' in the archive: {only.fault.reason}"
        raise FileFault(only.fault.code, said, only.fault.line, advice=only.fault.advice)
    assert only.roster is not None  # noqa: S101 - it has no fault, and no several rosters
    note = (
        "part_of_file_read",
        f"of the archive '{shown_name(name)}' was read, and not {shown_names(names)}",
    )
    return replace(_named(only.roster, name), notes=(note, *only.roster.notes))
