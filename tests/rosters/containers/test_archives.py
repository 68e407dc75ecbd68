"""Archives: which member is the roster, and what is refused."""

import gzip
import io
import zipfile

import pytest

from rosters.containers.open_roster import open_roster
from rosters.containers.roster import Member, Scratch, SeveralRosters
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


def with_a_long_directory() -> bytes:
    """An archive that says that its list of files has some gigabytes."""
    made = bytearray(zipped({"a.csv": CSV}))
    place = made.rindex(b"PK\x05\x06") + 12
    made[place : place + 4] = (3 << 30).to_bytes(4, "little")
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
        (zipped({str(i): b"" for i in range(101)}), "too_many_members", "101 where 100 are left"),
        (
            zipped({f"{i}.zip": zipped({str(n): b"" for n in range(60)}) for i in range(2)}),
            "too_many_members",
            "60 where 38 are left",
        ),
        (with_a_long_directory(), "too_many_members", "far more files"),
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
            zipped({"a.txt": b"Dear all", "b.csv": b"First Name,Sex\r\nAda,f\r\n"}),
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


PICTURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(100)


def of_several(tmp_path, content: bytes) -> tuple[SeveralRosters, dict[str, bytes]]:
    """The fault of an archive of several rosters, and the text of each, read by its place."""
    path, scratch = tmp_path / "received", Scratch(tmp_path / "scratch", LIMIT)
    path.write_bytes(content)
    with pytest.raises(SeveralRosters) as several, open_roster(path, CARE, scratch):
        pass
    texts = {}
    for member in several.value.members:
        with open_roster(path, CARE, scratch, member.place) as roster:
            assert roster.member == member.name
            texts["/".join(map(str, member.place))] = roster.source.read_bytes()
    assert list((tmp_path / "scratch").iterdir()) == []
    return several.value, texts


def test_each_of_several_rosters_is_read_by_its_place(tmp_path):
    second = CSV.replace(b"Ada", b"Ben")
    inner = zipped({"x.csv": CSV, "notes.txt": b"Dear all", "y.csv": second})
    content = zipped({"a.csv": second, "__MACOSX/._a.csv": CSV, "north.zip": inner, "c/": b""})
    several, texts = of_several(tmp_path, gzip.compress(content))
    assert several.members == (
        Member((0,), "a.csv"),
        Member((2, 0), "north.zip/x.csv"),
        Member((2, 2), "north.zip/y.csv"),
    )
    assert texts == {"0": second, "2/0": CSV, "2/2": second}
    assert [name for name, _ in several.passed_over] == ["north.zip/notes.txt"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_two(tmp_path):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a.csv", CSV)
        archive.writestr("a.csv", CSV.replace(b"Ada", b"Ben"))
    _, texts = of_several(tmp_path, made.getvalue())
    assert texts == {"0": CSV, "1": CSV.replace(b"Ada", b"Ben")}


def test_a_roster_with_a_fault_is_one_of_several_and_what_is_none_is_not(tmp_path):
    faulty = b"First Name,Sex\r\nAda,f\r\n"
    content = zipped({"a.csv": CSV, "b.csv": faulty, "c.png": PICTURE, "d.csv": OTHER})
    several, _ = of_several(tmp_path, content)
    assert [member.name for member in several.members] == ["a.csv", "b.csv"]
    assert [name for name, _ in several.passed_over] == ["c.png", "d.csv"]


def test_a_damaged_member_is_not_passed_over(tmp_path):
    made = bytearray(zipped({"a.csv": CSV, "b.csv": CSV, "c.csv": CSV}, zipfile.ZIP_STORED))
    made[made.rindex(b"Ada")] ^= 1
    path, scratch = tmp_path / "received", Scratch(tmp_path / "scratch", LIMIT)
    path.write_bytes(made)
    with pytest.raises(SeveralRosters) as several, open_roster(path, CARE, scratch):
        pass
    assert [member.name for member in several.value.members] == ["a.csv", "b.csv", "c.csv"]
    with open_roster(path, CARE, scratch, (1,)) as roster:
        assert roster.source.read_bytes() == CSV
    with pytest.raises(FileFault, match="damaged"), open_roster(path, CARE, scratch, (2,)):
        pass


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("../../etc/x.csv", "../../etc/x.csv"),
        ("north\\x.csv", "north/x.csv"),
        ("x\n\x1b[1m.csv", "x\ufffd\ufffd[1m.csv"),
        ("ä" * 300 + ".csv", "…" + "ä" * 195 + ".csv"),
    ],
)
def test_a_name_of_a_member_is_shown_and_is_no_path(tmp_path, written, shown):
    several, _ = of_several(tmp_path, zipped({"a.csv": CSV, written: CSV}))
    assert several.members[1].name == shown


def test_a_name_in_no_encoding_of_today_is_shown_as_its_program_wrote_it(tmp_path):
    made = bytearray(zipped({"a.csv": CSV, "b_.csv": CSV}))
    while b"b_.csv" in made:
        made[made.index(b"b_.csv") + 1] = 0x84  # an a with two dots in code page 437
    several, texts = of_several(tmp_path, bytes(made))
    assert several.members[1].name == "bä.csv"
    assert texts["1"] == CSV
