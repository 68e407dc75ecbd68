"""What kind of file this is, from its first bytes, and how its text is encoded."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from rosters.byte_source import ByteSource
from rosters.code_pages import other_code_page
from schemas.errors import FileFault
from schemas.formats import Encoding, Format

_CHUNK_BYTES = 1 << 22
_HEAD_BYTES = 1 << 16
_SIGNATURES = (
    (b"%PDF", "a PDF document"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"SQLite format 3", "a database"),
    (b"PAR1", "a Parquet file"),
)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x19\x1b-\x1f\x7f]")
_MARKS = 3
"""Tools put a control character before values, U+001F for one; binary data has all of them."""

_SEQUENCE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}"
    rb"|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}"
    rb"|\xf4[\x80-\x8f][\x80-\xbf]{2}"
)
"""A letter of UTF-8 that takes several bytes; other code pages hardly ever write one."""

_NAMES = {"utf-8": "UTF-8", "utf-16": "UTF-16", "windows-1252": "Windows-1252"}


@dataclass(frozen=True)
class TextEncoding:
    """How a file's text is encoded: `codec` is Python's name for it, `name` the one people use."""

    name: Encoding
    codec: str
    has_bom: bool = False


def detect_encoding(source: ByteSource, file_format: Format) -> TextEncoding:
    """The encoding of a file, which is read to its end.

    A byte order mark is believed, and so is UTF-8 wherever a single letter of several bytes is
    right: one byte that is wrong is then named, and does not decide for the whole file.

    Raises:
        FileFault: empty, binary, or not in an encoding that the format allows.
    """
    with source.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head:
        raise FileFault("empty_file", "the file is empty; export it again")
    wide = _utf_16(head)
    _refuse_binary(head.decode(wide.codec, "replace").encode() if wide else head)
    found = wide or _by_decoding(source, file_format)
    if found.name not in file_format.encodings:
        raise FileFault("encoding_not_allowed", "the file is UTF-16; save it as CSV UTF-8")
    broken = None if found.name == "utf-8" else first_undecodable(source, found.codec)
    if broken is not None:
        raise _broken(*broken, _NAMES[found.name])
    return found


def _refuse_binary(head: bytes) -> None:
    for signature, description in _SIGNATURES:
        if head.startswith(signature):
            raise FileFault("not_csv", f"the file is {description}, not CSV; save it as CSV")
    if _is_binary(head):
        raise FileFault("not_csv", "the file holds binary data, not CSV text; save it as CSV")


def _is_binary(head: bytes) -> bool:
    controls = _CONTROL.findall(head)
    has_all_kinds = len(set(controls)) > _MARKS and len(controls) * 50 > len(head)
    return has_all_kinds or head.count(b"\0") * 50 > len(head) or len(controls) * 2 > len(head)


def _utf_16(head: bytes) -> TextEncoding | None:
    """UTF-16, told by its byte order mark, or by a zero in every second byte of its text."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return TextEncoding("utf-16", "utf-16", has_bom=True)
    for codec, high in (("utf-16-le", head[1::2]), ("utf-16-be", head[0::2])):
        low = head[0::2] if codec == "utf-16-le" else head[1::2]
        if high.count(0) * 4 > len(high) and not low.count(0):
            return TextEncoding("utf-16", codec)
    return None


def _by_decoding(source: ByteSource, file_format: Format) -> TextEncoding:
    """UTF-8 if all of the file says so, else Windows-1252, which older exports use."""
    with source.open("rb") as file:
        has_bom = file.read(3) == codecs.BOM_UTF8
    broken = first_undecodable(source)
    if broken is None:
        return TextEncoding("utf-8", "utf-8-sig", has_bom)
    if has_bom:
        raise _broken(*broken, "UTF-8, as the mark at the beginning of the file says")
    if "windows-1252" not in file_format.encodings:
        raise _broken(*broken, " or ".join(_NAMES[name] for name in file_format.encodings))
    if any(_SEQUENCE.search(chunk) for chunk in _chunks(source)):
        raise _broken(*broken, "UTF-8, as other letters of the file are")
    page = other_code_page(_chunks(source))
    if page is not None:
        place, line = broken
        raise FileFault(
            "encoding_not_allowed",
            f"the file seems to be in the code page of {page} (byte {place + 1}, line {line}), in "
            "which its letters would be misread; save it as CSV UTF-8",
            line,
        )
    return TextEncoding("windows-1252", "cp1252")


def first_undecodable(source: ByteSource, codec: str = "utf-8") -> tuple[int, int] | None:
    """(byte offset, line) of the first byte that `codec` cannot read; None where it reads all."""
    decoder = codecs.getincrementaldecoder(codec)()
    offset, line, last = 0, 1, b""
    for chunk in _chunks(source):
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as error:
            place = offset - pending + error.start
            return place, line + _line_ends(last, chunk[: max(error.start - pending, 0)])
        offset += len(chunk)
        line += _line_ends(last, chunk)
        last = chunk[-1:]
    incomplete = len(decoder.getstate()[0])
    return (offset - incomplete, line) if incomplete else None


def _line_ends(last: bytes, chunk: bytes) -> int:
    """How many lines end in `chunk`, which follows the byte `last`, with line feeds or returns."""
    ends = chunk.count(b"\n")
    returns = chunk.count(b"\r")
    if returns:
        ends += returns - chunk.count(b"\r\n") - int(last == b"\r" and chunk[:1] == b"\n")
    return ends


def _chunks(source: ByteSource) -> Iterator[bytes]:
    with source.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


def _broken(place: int, line: int, encoding: str) -> FileFault:
    return FileFault(
        "encoding_not_allowed",
        f"byte {place + 1} (line {line}) is not {encoding}; save the file as CSV UTF-8",
        line,
    )
