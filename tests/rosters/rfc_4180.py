"""RFC 4180 as a state machine over characters, written from the RFC and not from our reader."""

from typing import NamedTuple

_CELL, _BARE, _QUOTED, _CLOSED = range(4)


class Strict(NamedTuple):
    """The records of a text, and whether every quote in it stands where the RFC has quotes."""

    records: list[list[str]]
    is_kept: bool


def strict(text: str, delimiter: str = ",") -> Strict:
    """Read `text` as the RFC says, with any of the three line ends."""
    records: list[list[str]] = []
    record: list[str] = []
    cell, state, is_kept = "", _CELL, True
    ends = text.replace("\r\n", "\x00")
    for character in ends:
        if state == _QUOTED and character != '"':
            cell += "\r\n" if character == "\x00" else character
        elif state == _QUOTED:
            state = _CLOSED
        elif state == _CLOSED and character == '"':
            cell, state = cell + '"', _QUOTED
        elif state == _CELL and character == '"':
            state = _QUOTED
        elif character == delimiter:
            record, cell, state = [*record, cell], "", _CELL
        elif character in "\r\n\x00":
            records.append([*record, cell])
            record, cell, state = [], "", _CELL
        else:
            is_kept = is_kept and state != _CLOSED and character != '"'
            cell, state = cell + character, _BARE
    if record or cell or state != _CELL:
        records.append([*record, cell])
    return Strict(records, is_kept and state != _QUOTED)
