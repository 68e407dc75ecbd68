"""Encrypted files: opened as one more layer, and what is said where they cannot be."""

import gzip
import io
import zipfile
from base64 import b64decode

import pysequoia
import pytest

from rosters.containers import key_texts
from rosters.containers.open_roster import open_roster
from rosters.containers.recognise import begins_as_container, container_of
from rosters.containers.roster import Scratch
from rosters.containers.seals import KINDS, Seal
from schemas.catalogue import get_format
from schemas.errors import FileFault, NotAllowed
from tests.rosters.sources import MemoryBytes
from tests.sealed import sealed
from tests.workbooks import workbook

CARE = get_format("thoroughcare")
CSV = b"First Name,Last Name,DOB,Sex\r\nAda,Moore,1961-05-27,f\r\n"
BOOK = workbook({"Patients": [["First Name", "Last Name", "DOB", "Sex"], ["Ada", "Moore"]]})
LIMIT = 100_000

OURS = {kind: key_texts.make_private_key(kind, "Rosterline") for kind in KINDS}
OTHERS = {kind: key_texts.make_private_key(kind, "somebody") for kind in KINDS}


def public(kind, keys=OURS):
    return key_texts.public_key(kind, keys[kind])[0]


@pytest.fixture
def read(tmp_path):
    """The text of the roster in a file, with keys of ours, or with those of the test."""

    def read(content, *keys, limit=LIMIT):
        paths = []
        for number, key in enumerate(keys):
            paths.append(tmp_path / f"key-{number}")
            paths[-1].write_text(key)
        path = tmp_path / "received"
        path.write_bytes(content)
        scratch = Scratch(tmp_path / "scratch", limit, lambda _: paths)
        try:
            with open_roster(path, CARE, scratch) as roster, roster.source.open("rb") as file:
                return file.read(), roster
        finally:
            assert not scratch.folder.exists() or list(scratch.folder.iterdir()) == []

    return read


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("armored", [False, True])
def test_an_encrypted_roster_is_read_with_whichever_key_opens_it(read, kind, armored):
    content = sealed(kind, CSV, public(kind), armored=armored)
    assert read(content, OTHERS[kind], OURS[kind])[0] == CSV


@pytest.mark.parametrize("kind", KINDS)
def test_an_encrypted_roster_may_be_packed_within_and_without(read, kind):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("roster.xlsx", BOOK)
    content = sealed(kind, archive.getvalue(), public(kind))
    text, roster = read(content, OURS[kind])
    assert text.startswith(b"First Name,Last Name,DOB,Sex")
    assert (roster.member, roster.sheet) == ("roster.xlsx", "Patients")
    assert read(gzip.compress(sealed(kind, CSV, public(kind))), OURS[kind])[0] == CSV
    with pytest.raises(FileFault, match="more than 3 times"):
        read(gzip.compress(content), OURS[kind])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("keys", "said"),
    [((), "no key for it"), ((OTHERS,), "for a key that this account does not have")],
    ids=["without a key", "with another"],
)
def test_without_the_key_the_file_fails_and_says_what_to_do(read, kind, keys, said):
    with pytest.raises(FileFault) as fault:
        read(sealed(kind, CSV, public(kind)), *(each[kind] for each in keys))
    assert fault.value.code == "cannot_be_decrypted"
    assert said in fault.value.reason
    assert "rosterline account key" in fault.value.advice


BY_PASSPHRASE = b"""\
-----BEGIN AGE ENCRYPTED FILE-----
YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCB2ZmE4VW54RUhLNU1Pcmdk
N0RvKzlRIDE5CnFVRDRIOUI0b2RxeEREeTFuSHJOV21DWUtZS010QTQyREtaMVlP
eE5qTDAKLS0tIG9sdEx3M3NuMEZDWUROYnVDYytjSklXVWNqaVFET2hONGtZMGg1
Q3pRUEkKZyhT7KQthGwgNEBtYEoi1YY3VOpfQERYdYsk1AcffT3BXMRXtNE90ll5
ZA/t/YOvwX6DhwMyuyWteiOAm3sCbi3dgfLUZi/V7ZB+bIhJ2G+LO/1ARdw=
-----END AGE ENCRYPTED FILE-----
"""
"""Made by age once, because it takes a second on purpose."""


def of_passphrase(kind, *, armored):
    if kind == "age":
        return BY_PASSPHRASE if armored else b64decode(b"".join(BY_PASSPHRASE.split(b"\n")[1:-2]))
    return bytes(pysequoia.encrypt(passwords=["secret"], bytes=CSV, armor=armored))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("armored", [False, True])
@pytest.mark.parametrize("keys", [(), (OURS,)], ids=["without a key", "with one"])
def test_a_file_that_a_passphrase_opens_says_so(read, kind, armored, keys):
    with pytest.raises(FileFault, match="nobody is here to type it") as fault:
        read(of_passphrase(kind, armored=armored), *(each[kind] for each in keys))
    assert fault.value.code == "cannot_be_decrypted"


def cut_off(content):
    return content[:-30]


def changed(content):
    return content[:-40] + bytes([content[-40] ^ 1]) + content[-39:]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("damage", [cut_off, changed])
def test_a_damaged_one_fails_and_nothing_of_it_is_read(read, kind, damage):
    with pytest.raises(FileFault, match="damaged or cut off") as fault:
        read(damage(sealed(kind, CSV * 9, public(kind))), OURS[kind])
    assert fault.value.code == "cannot_be_opened"


@pytest.mark.parametrize("kind", KINDS)
def test_no_more_is_decrypted_than_a_file_may_have(read, kind):
    largest = CSV + b"Ada,Moore,1961-05-27,f\r\n" * 2000
    content = sealed(kind, largest, public(kind))
    assert read(content, OURS[kind], limit=len(largest))[0] == largest
    with pytest.raises(FileFault) as fault:
        read(content, OURS[kind], limit=len(largest) - 1)
    assert fault.value.code == "too_large_unpacked"


@pytest.mark.parametrize("what", ["PUBLIC KEY BLOCK", "SIGNATURE", "PRIVATE KEY BLOCK"])
def test_what_else_programs_of_openpgp_write_is_named(read, what):
    text = f"-----BEGIN PGP {what}-----\n\nabcd\n-----END PGP {what}-----\n".encode()
    with pytest.raises(FileFault, match=f"OpenPGP {what.lower()}"):
        read(text, OURS["openpgp"])


def test_a_signature_beside_the_roster_in_an_archive_is_passed_over(read):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("roster.csv", CSV)
        file.writestr("roster.csv.asc", "-----BEGIN PGP SIGNATURE-----\n\nabcd\n")
    assert read(archive.getvalue())[0] == CSV


@pytest.mark.parametrize(
    "beginning",
    ["Élan,Última\n", "élan,última\n", "„quoted“,a\n", "Ã‰,Ä,x,y\n", "…,…,…,…\n", "-----BEGIN\n"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_text_that_begins_with_odd_letters_is_not_taken_for_encrypted(beginning, encoding):
    content = (beginning * 9).encode(encoding)
    assert not begins_as_container(content)
    assert container_of(MemoryBytes(content)) is None


def test_blank_lines_above_an_armored_text_do_no_harm(read):
    content = sealed("openpgp", CSV, public("openpgp"), armored=True)
    assert read(b"\xef\xbb\xbf\r\n\r\n" + content, OURS["openpgp"])[0] == CSV
    assert container_of(MemoryBytes(b"\n" + content)) == Seal("openpgp", for_passphrase=False)


def test_a_file_that_is_no_key_does_not_keep_the_others_from_opening(read):
    content = sealed("openpgp", CSV, public("openpgp"))
    assert read(content, "no key", OURS["openpgp"])[0] == CSV
    with pytest.raises(FileFault) as fault:
        read(content, "no key", OTHERS["openpgp"])
    assert fault.value.advice == "no keys: key-0"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hello", "no private key"),
        (public("openpgp"), "no private key"),
        (public("age"), "no private key"),
        ("AGE-SECRET-KEY-1XYZ", "no age key"),
        (OURS["age"] + OTHERS["age"], "or several"),
    ],
    ids=["words", "public OpenPGP", "public age", "half a key of age", "two keys of age"],
)
def test_what_is_no_private_key_is_refused(text, said):
    with pytest.raises(NotAllowed, match=said):
        key_texts.kind_of_private_key(text)


@pytest.mark.parametrize("kind", KINDS)
def test_a_private_key_is_told_by_its_text(kind):
    assert key_texts.kind_of_private_key(f"# a comment\n{OURS['age']}") == "age"
    assert key_texts.kind_of_private_key(OURS[kind]) == kind
