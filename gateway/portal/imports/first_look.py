"""What the first bytes of an upload say of it, told before it is received.

It is the same reading as that of the first stage, so nothing is refused here that the check would
take. Rows are not looked at, and containers are not opened: that is work for a process of its own.
A header that does not fit is left to the check too, because a person may map its columns on the
page of the check.
"""

import io
from dataclasses import dataclass
from typing import BinaryIO, Literal

from rosters.containers.recognise import begins_as_container
from rosters.mapped_layout import HEADER_FAULTS
from rosters.read_layout import read_layout
from schemas.errors import FileFault
from schemas.formats import Format

LOOKED_AT_BYTES = 1024**2

_OF_THE_WHOLE = frozenset({"encoding_not_allowed", "line_too_long", "unclosed_quote"})
"""Codes that are certain of a whole file only: letters, lines and quotes go on past the cut."""


@dataclass(frozen=True)
class _Beginning:
    data: bytes

    def open(self, _: Literal["rb"], /) -> BinaryIO:
        return io.BytesIO(self.data)


def refuse_at_sight(file: BinaryIO, file_format: Format) -> None:
    """Refuse a file whose beginning shows that it cannot be imported; `file` is rewound after it.

    Raises:
        FileFault: it is empty, neither CSV nor a container, or its encoding or delimiter cannot
            be used.
    """
    data = file.read(LOOKED_AT_BYTES)
    is_whole = len(data) < LOOKED_AT_BYTES
    file.seek(0)
    if begins_as_container(data):
        return
    if not is_whole:
        data = data[: data.rfind(b"\n") + 1]
    try:
        read_layout(_Beginning(data), file_format)
    except FileFault as fault:
        if fault.code in HEADER_FAULTS or (fault.code in _OF_THE_WHOLE and not is_whole):
            return
        raise
