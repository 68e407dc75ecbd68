"""Encrypted files: told by their content, and by what they are encrypted for."""

import binascii
import re
from dataclasses import dataclass
from typing import Literal

from schemas.errors import FileFault

Kind = Literal["openpgp", "age"]
KINDS: tuple[Kind, ...] = ("openpgp", "age")
SHOWN: dict[Kind, str] = {"openpgp": "OpenPGP", "age": "age"}

HEAD_BYTES = 4096
"""How much of a file's beginning is looked at: the lines above an armored text, and a header."""

_AGE = b"age-encryption.org/v1\n"
_AGE_PASSPHRASE = _AGE + b"-> scrypt "
_AGE_ARMOR = b"-----BEGIN AGE ENCRYPTED FILE-----"
_PGP_ARMOR = re.compile(rb"-----BEGIN PGP ([A-Z ]{1,40})-----")
_ABOVE_ARMOR = b"\xef\xbb\xbf \t\r\n"
"""A mark and blank space, which mail programs and editors put above an armored text."""

_FOR_A_KEY, _FOR_A_PASSPHRASE = 1, 3
_VERSIONS = {_FOR_A_KEY: (2, 3, 6), _FOR_A_PASSPHRASE: (4, 5, 6)}
"""The tags of the packets with which an encrypted message begins, and the versions that they have.

A version is a control character, which no text has at that place.
"""

_FIRST_BYTES = 8
_LENGTHS = ((192, 2), (224, 3), (256, 6))
"""Below which first byte of its length a packet's content begins where."""


@dataclass(frozen=True)
class Seal:
    """How a file is encrypted, and whether its beginning says that a passphrase alone opens it."""

    kind: Kind
    for_passphrase: bool


def begins_as_sealed(head: bytes) -> bool:
    """Whether a file with this beginning is encrypted, or something else of OpenPGP's."""
    armored = head.lstrip(_ABOVE_ARMOR)
    return bool(_PGP_ARMOR.match(armored)) or _seal_of(head, armored) is not None


def seal_of(head: bytes) -> Seal | None:
    """How a file with this beginning is encrypted; None where it is not.

    Raises:
        FileFault: it is OpenPGP's, and no encrypted message: a key, or a signature.
    """
    armored = head.lstrip(_ABOVE_ARMOR)
    found = _PGP_ARMOR.match(armored)
    if found and found[1] != b"MESSAGE":
        what = found[1].decode("ascii").lower().replace("pgp ", "")
        raise FileFault(
            "cannot_be_opened",
            f"the file is an OpenPGP {what} and no encrypted file; send the roster itself, "
            "encrypted or as it is",
        )
    return _seal_of(head, armored)


def _seal_of(head: bytes, armored: bytes) -> Seal | None:
    if armored.startswith(_AGE_ARMOR):
        return Seal("age", _decoded(armored).startswith(_AGE_PASSPHRASE))
    if head.startswith(_AGE):
        return Seal("age", head.startswith(_AGE_PASSPHRASE))
    if _PGP_ARMOR.match(armored):
        return Seal("openpgp", _packet_of(_decoded(armored)) == _FOR_A_PASSPHRASE)
    packet = _packet_of(head)
    return None if packet is None else Seal("openpgp", packet == _FOR_A_PASSPHRASE)


def _packet_of(head: bytes) -> int | None:
    """The tag of the packet with which a message begins, if it is one of an encrypted message's.

    RFC 9580, section 4.2: the tag, then a length of one, two, four or five bytes, then the version.
    """
    if len(head) < _FIRST_BYTES or not head[0] & 0x80:
        return None
    if head[0] & 0x40:
        tag = head[0] & 0x3F
        start = next(start for below, start in _LENGTHS if head[1] < below)
    else:
        tag = head[0] >> 2 & 0x0F
        start = 1 + (1, 2, 4, 0)[head[0] & 3]
    return tag if head[start] in _VERSIONS.get(tag, ()) else None


def _decoded(armored: bytes) -> bytes:
    """The first bytes of an armored text; none where its first lines are damaged."""
    lines = armored.splitlines()[1:]
    blank = next((i + 1 for i, line in enumerate(lines) if not line.strip()), 0)  # below headers
    try:
        return binascii.a2b_base64(b"".join(lines[blank : blank + 3]))
    except binascii.Error:
        return b""
