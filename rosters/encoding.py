"""What kind of file this is, from its first bytes, and how its text is encoded."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from rosters.byte_source import ByteSource
from schemas.errors import FileFault
from schemas.formats import Encoding, Format

_CHUNK_BYTES = 1 << 22
_HEAD_BYTES = 1 << 16
_SIGNATURES = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"SQLite format 3", "a database"),
    (b"PAR1", "a Parquet file"),
)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class TextEncoding:
    """How a file's text is encoded: `codec` is Python's name for it, `name` the one people use."""

    name: Encoding
    codec: str
    has_bom: bool = False


def detect_encoding(source: ByteSource, file_format: Format) -> TextEncoding:
    """The encoding of a file, which is read to its end.

    Raises:
        FileFault: empty, binary, or not in an encoding that the format allows.
    """
    with source.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head:
        raise FileFault("empty_file", "the file is empty; export it again")
    _refuse_binary(head)
    found = _by_byte_order_mark(head) or _by_decoding(source)
    if found.name not in file_format.encodings:
        raise _not_allowed(source, file_format, found)
    broken = None if found.name == "utf-8" else first_undecodable(source, found.codec)
    if broken is not None:
        raise _broken(*broken, found.name.replace("utf", "UTF").replace("win", "Win"))
    return found


def _refuse_binary(head: bytes) -> None:
    for signature, description in _SIGNATURES:
        if head.startswith(signature):
            raise FileFault("not_csv", f"the file is {description}, not CSV; save it as CSV")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return
    if len(_CONTROL.findall(head)) * 50 > len(head):
        raise FileFault("not_csv", "the file holds binary data, not CSV text; save it as CSV")


def _by_byte_order_mark(head: bytes) -> TextEncoding | None:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return TextEncoding("utf-16", "utf-16", has_bom=True)
    return None


def _by_decoding(source: ByteSource) -> TextEncoding:
    """UTF-8 if the whole file is valid UTF-8, else Windows-1252, which older exports use."""
    with source.open("rb") as file:
        has_bom = file.read(3) == codecs.BOM_UTF8
    if first_undecodable(source) is None:
        return TextEncoding("utf-8", "utf-8-sig", has_bom)
    return TextEncoding("windows-1252", "cp1252")


def first_undecodable(source: ByteSource, codec: str = "utf-8") -> tuple[int, int] | None:
    """(byte offset, line) of the first byte that `codec` cannot read; None where it reads all."""
    decoder = codecs.getincrementaldecoder(codec)()
    offset, line = 0, 1
    for chunk in _chunks(source):
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as error:
            place = offset - pending + error.start
            return place, line + chunk[: max(error.start - pending, 0)].count(b"\n")
        offset += len(chunk)
        line += chunk.count(b"\n")
    incomplete = len(decoder.getstate()[0])
    return (offset - incomplete, line) if incomplete else None


def _chunks(source: ByteSource) -> Iterator[bytes]:
    with source.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


def _not_allowed(source: ByteSource, file_format: Format, found: TextEncoding) -> FileFault:
    if found.name == "utf-16":
        return FileFault("encoding_not_allowed", "the file is UTF-16; save it as CSV UTF-8")
    place, line = first_undecodable(source) or (0, 1)
    return _broken(place, line, " or ".join(name.upper() for name in file_format.encodings))


def _broken(place: int, line: int, encoding: str) -> FileFault:
    return FileFault(
        "encoding_not_allowed",
        f"byte {place + 1} (line {line}) is not {encoding}; save the file as CSV UTF-8",
        line,
    )
