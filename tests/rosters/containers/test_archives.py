"""Archives: which member is the roster, and what is refused."""

import gzip
import io
import zipfile

import pytest

from rosters.containers.open_roster import open_roster
from rosters.containers.roster import Scratch
from schemas.catalogue import get_format
from schemas.errors import FileFault
from tests.workbooks import workbook

CARE = get_format("thoroughcare")
CSV = b"First Name,Last Name,DOB,Sex\r\nAda,Moore,1961-05-27,f\r\n"
OTHER = b"Name;Size\r\nfoo;7\r\n"
LIMIT = 100_000


@pytest.fixture
def read(tmp_path):
    """The text and the layout of the roster in a file."""

    def read(content: bytes):
        path = tmp_path / "received"
        path.write_bytes(content)
        with open_roster(path, CARE, Scratch(tmp_path / "scratch", LIMIT)) as roster:
            with roster.source.open("rb") as file:
                found = file.read()
            layout = roster.layout(CARE)
        assert list((tmp_path / "scratch").iterdir()) == []
        return found, layout

    return read


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


def with_password() -> bytes:
    """An archive whose entry says that it is encrypted."""
    made = bytearray(zipped({"a.csv": CSV}))
    for start, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        made[made.index(start) + offset] |= 1
    return bytes(made)


def with_a_wrong_byte() -> bytes:
    """An archive whose member no longer has its checksum."""
    made = bytearray(zipped({"a.csv": CSV}))
    made[made.index(b"PK\x01\x02") - 3] ^= 1
    return bytes(made)


@pytest.mark.parametrize(
    ("content", "member"),
    [
        (gzip.compress(CSV), ""),
        (gzip.compress(CSV[:20]) + gzip.compress(CSV[20:]), ""),
        (zipped({"october/roster.csv": CSV}), "october/roster.csv"),
        (zipped({"../../etc/passwd": CSV}), "../../etc/passwd"),
        (zipped({"a.txt": CSV, "notes.csv": OTHER, "b.pdf": b"%PDF-1.7"}), "a.txt"),
        (zipped({"a.csv": CSV, "__MACOSX/._a.csv": CSV, ".DS_Store": CSV}), "a.csv"),
        (gzip.compress(zipped({"a.csv.gz": gzip.compress(CSV)})), "a.csv.gz"),
    ],
)
def test_the_roster_in_an_archive_is_read(read, content, member):
    found, layout = read(content)
    assert (found, layout.member, layout.sheet) == (CSV, member, "")


def test_what_else_is_in_an_archive_is_told(read):
    _, layout = read(zipped({"a.csv": CSV, "notes.csv": OTHER}))
    assert layout.notes[0] == (
        "part_of_file_read",
        "of the archive 'a.csv' was read, and not 'notes.csv'",
    )


def test_a_workbook_in_an_archive_has_both_names(read):
    book = workbook({"Patients": [["First Name", "Last Name", "DOB", "Sex"]]})
    _, layout = read(zipped({"a.xlsx": book}))
    assert (layout.member, layout.sheet) == ("a.xlsx", "Patients")


BOMB = bytes(2_000_000)


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (gzip.compress(BOMB), "too_large_unpacked", "100,000 bytes"),
        (zipped({"a.csv": BOMB}), "too_large_unpacked", "100,000 bytes"),
        (zipped({"a": BOMB[:60_000], "b": BOMB[:60_000]}), "too_large_unpacked", "100,000 bytes"),
        (
            zipped({f"{i}.gz": gzip.compress(BOMB[:60_000]) for i in range(2)}),
            "too_large_unpacked",
            "100,000 bytes",
        ),
        (zipped({str(i): b"" for i in range(21)}), "several_rosters_inside", "holds 21 files"),
        (gzip.compress(CSV)[:-9], "cannot_be_opened", "gzip file that is damaged"),
        (gzip.compress(CSV) + b"rest", "cannot_be_opened", "gzip file that is damaged"),
        (zipped({"a.csv": CSV})[:-5], "cannot_be_opened", "damaged or cut off"),
        (with_a_wrong_byte(), "cannot_be_opened", "damaged or cut off"),
        (with_password(), "cannot_be_opened", "protected by a password"),
        (zipped({"a.csv": CSV}, zipfile.ZIP_LZMA), "cannot_be_opened", "ordinary zip archive"),
        (zipped({"a.csv": CSV}, zipfile.ZIP_BZIP2), "cannot_be_opened", "ordinary zip archive"),
        (zipped({"mimetype": b"x"}, zipfile.ZIP_LZMA), "cannot_be_opened", "ordinary zip archive"),
        (zipped({"xl/a": b"x"}, zipfile.ZIP_BZIP2), "cannot_be_opened", "workbook"),
        (zipped({}), "no_roster_inside", "holds no file"),
        (zipped({"a.csv": OTHER, "b.csv": OTHER}), "no_roster_inside", "'a.csv', 'b.csv'"),
        (
            zipped({"a.csv": CSV, "b.csv": b"First Name,Sex\r\nAda,f\r\n"}),
            "missing_column",
            "'b.csv' in the archive: required columns are missing",
        ),
        (zipped({"a.csv": CSV, "b.csv": CSV}), "several_rosters_inside", "'a.csv', 'b.csv'"),
        (
            gzip.compress(gzip.compress(gzip.compress(gzip.compress(CSV)))),
            "cannot_be_opened",
            "more than 3 times",
        ),
    ],
)
def test_an_archive_that_cannot_be_read_says_why(read, content, code, said):
    with pytest.raises(FileFault) as fault:
        read(content)
    assert fault.value.code == code
    assert said in fault.value.reason
