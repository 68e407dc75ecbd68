"""Regular files: those that keep RFC 4180 to the letter, so that a strict reader may read them.

Every quote stands around a whole cell, there is one kind of line end, and there are no blank
lines. The look is vectorised: it takes a fraction of the time that reading the cells takes.
"""

import numpy as np

from rosters.byte_source import ByteSource
from rosters.layout import Layout


def count_regular_records(source: ByteSource, layout: Layout) -> int | None:
    """How many records a regular file has, header included; None where it is not regular."""
    if layout.encoding.name != "utf-8" or not layout.has_header:
        return None
    if any("\n" in header or "\r" in header for header in layout.headers):
        return None  # the strict reader skips the first line, and the header has several
    with source.open("rb") as file:
        data = file.read()
    if _has_odd_line_ends(data):
        return None
    return _count_records(np.frombuffer(data, np.uint8), ord(layout.delimiter))


def _has_odd_line_ends(data: bytes) -> bool:
    """Blank lines, lone carriage returns and mixed line ends shift lines between readers."""
    if data[:1] in (b"\n", b"\r") or b"\n\n" in data or b"\n\r" in data:
        return True
    returns = data.count(b"\r")
    return returns > 0 and not returns == data.count(b"\r\n") == data.count(b"\n")


def _count_records(data: np.ndarray, delimiter: int) -> int | None:
    """Records of RFC 4180 text, or None where a quote stands anywhere but around a whole cell.

    Quotes at even places open, at odd places close; an opening one must follow a delimiter, a
    line end or (a doubled quote inside a cell) a quote, a closing one must precede one of those.
    """
    quotes = np.flatnonzero(data == ord('"'))
    ends = np.flatnonzero(data == ord("\n"))
    if quotes.size % 2:
        return None
    around = np.zeros(256, bool)
    around[[delimiter, ord("\n"), ord("\r"), ord('"')]] = True
    opening, closing = quotes[0::2], quotes[1::2]
    opens_well = around[data[opening - 1]] | (opening == 0)
    closes_well = around[data[np.minimum(closing + 1, data.size - 1)]] | (closing == data.size - 1)
    if not (opens_well.all() and closes_well.all()):
        return None
    outside = np.searchsorted(quotes, ends) % 2 == 0
    return int(outside.sum()) + int(data[-1] != ord("\n"))
