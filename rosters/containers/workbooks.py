"""The roster in a workbook as CSV text, read by a process of its own.

A small file can say that it has sixteen thousand cells on each of a million rows. What its reader
may take of memory and time is bounded by the operating system, and a workbook that needs more ends
that process and not an import's.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rosters.byte_source import ByteSource
from rosters.containers.limited_reader import reader_environment
from rosters.containers.roster import Roster
from schemas.errors import FileFault
from schemas.formats import Format

_READER = "rosters.containers.read_workbook"


def sheet_as_text(source: ByteSource, target: Path, file_format: Format, max_bytes: int) -> Roster:
    """Write the sheet that fits to `target`: row 7 of the sheet is record 7 of the text.

    Raises:
        FileFault: the workbook cannot be opened, is too large, or has no sheet that fits.
        OSError: the text cannot be written.
    """
    with source.open("rb") as workbook, _mapping_file(file_format, target.parent) as mapping:
        ended = subprocess.run(
            [
                sys.executable,
                "-m",
                _READER,
                str(target),
                file_format.name,
                str(max_bytes),
                str(mapping),
            ],
            stdin=workbook,
            pass_fds=(mapping,),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a library's message may hold a patient's value
            env=reader_environment(),
            check=False,
        )
    if ended.returncode < 0:
        raise _too_much()
    if ended.returncode:
        raise RuntimeError(f"the reader of workbooks ended with {ended.returncode}")
    report = json.loads(ended.stdout)
    if "errno" in report:
        raise OSError(report["errno"], os.strerror(report["errno"]))
    if "fault" in report:
        raise FileFault(*report["fault"])
    notes = tuple((code, message) for code, message in report["notes"])
    return Roster(target, sheet=report["sheet"], notes=notes)


@contextmanager
def _mapping_file(file_format: Format, folder: Path) -> Iterator[int]:
    """A file without a name that holds the mapping: everybody sees a command's arguments."""
    mapping = file_format.mapping
    with tempfile.TemporaryFile("w+", dir=folder, encoding="utf-8") as file:
        json.dump(mapping and mapping.as_json(), file)
        file.seek(0)
        yield file.fileno()


def _too_much() -> FileFault:
    return FileFault(
        "too_large_unpacked",
        "reading this workbook takes more memory or time than one may take; delete what is far "
        "below and beside the rows, or save the sheet as CSV, and send it again",
    )
