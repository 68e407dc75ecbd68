"""The one place where a received file becomes the text of a roster, whatever it is packed in."""

import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from rosters.byte_source import LocalBytes
from rosters.containers.archives import members, unpack_gzip, unpack_member
from rosters.containers.recognise import container_of
from rosters.containers.roster import Roster, Scratch, shown_name, shown_names
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


@contextmanager
def open_roster(source: LocalBytes, file_format: Format, scratch: Scratch) -> Iterator[Roster]:
    """The roster in a received file; a file that is no container is its own roster.

    What is unpacked is a file in `scratch`, which is gone at the end.

    Raises:
        FileFault: the container cannot be opened or decrypted, holds too much, or no roster, or
            several.
        OSError: the scratch folder cannot be written.
    """
    with ExitStack() as stack:
        yield _Opening(file_format, scratch, stack).roster(source, depth=0)


class _Opening:
    def __init__(self, file_format: Format, scratch: Scratch, stack: ExitStack) -> None:
        self._format, self._scratch, self._stack = file_format, scratch, stack
        self._count = 0  # bytes unpacked so far, of all layers together

    def roster(self, source: LocalBytes, depth: int) -> Roster:
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
            return self._member(source, depth)
        path = self._file()
        if isinstance(container, Seal):
            keys = self._scratch.keys(container.kind)
            most = self._scratch.max_bytes - self._count
            self._count += unseal(source, path, container, keys, most)
        else:
            with path.open("wb") as target:
                self._count = unpack_gzip(source, target, self._scratch.max_bytes, self._count)
        return self.roster(path, depth + 1)

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

    def _member(self, source: LocalBytes, depth: int) -> Roster:
        """The one member that is a roster of this format; where there is one member, that one."""
        with source.open("rb") as file, zipfile.ZipFile(file) as archive:
            found = members(archive)
            paths = [self._file() for _ in found]
            for member, path in zip(found, paths, strict=True):
                with path.open("wb") as target:
                    self._count = unpack_member(
                        archive, member, target, self._scratch.max_bytes, self._count
                    )
        names = [member.filename for member in found]
        if len(found) == 1:
            return replace(self.roster(paths[0], depth + 1), member=shown_name(names[0]))
        fitting = {}
        for name, path in zip(names, paths, strict=True):
            try:
                roster = self.roster(path, depth + 1)
                roster.layout(self._format)
                fitting[name] = roster
            except FileFault as fault:
                if fault.code not in _NO_ROSTER:
                    said = f"'{shown_name(name)}' in the archive: {fault.reason}"
                    raise FileFault(fault.code, said, fault.line, advice=fault.advice) from fault
        return self._only(fitting, names)

    def _only(self, fitting: dict[str, Roster], names: list[str]) -> Roster:
        if not fitting:
            raise FileFault(
                "no_roster_inside",
                f"none of the {len(names)} files in the archive can be read as a roster of the "
                f"format {self._format.name}: {shown_names(names)}; send the right one by itself",
            )
        if len(fitting) > 1:
            raise FileFault(
                "several_rosters_inside",
                f"the archive holds {len(fitting)} rosters: {shown_names(list(fitting))}; nothing "
                "was imported, send each by itself",
            )
        ((name, roster),) = fitting.items()
        others = [each for each in names if each != name]
        note = (
            "part_of_file_read",
            f"of the archive '{shown_name(name)}' was read, and not {shown_names(others)}",
        )
        return replace(roster, member=shown_name(name), notes=(note, *roster.notes))
