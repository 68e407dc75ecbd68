"""What kind of file it is, and how its text is encoded."""
# ruff: noqa: RUF001 - the marks that are meant

import codecs

import pytest

from rosters.encoding import detect_encoding, first_undecodable
from schemas.catalogue import get_format
from schemas.errors import FileFault
from tests.rosters.sources import MemoryBytes

CARE = get_format("thoroughcare")
METRIPORT = get_format("metriport")
MUCH = b"a,b\n" * 2_000_000
"""More than is read at a time."""


@pytest.mark.parametrize(
    ("content", "name", "has_bom"),
    [
        (b"a,b\n", "utf-8", False),
        (codecs.BOM_UTF8 + b"a,b\n", "utf-8", True),
        ("Jos\xe9,b\n".encode(), "utf-8", False),
        ("a,b\n".encode("utf-16"), "utf-16", True),
        (codecs.BOM_UTF16_BE + "a,b\n".encode("utf-16-be"), "utf-16", True),
        ("Jos\xe9,b\n".encode("windows-1252"), "windows-1252", False),
        (MUCH + b"Jos\xe9\n", "windows-1252", False),
        ("first,last\nJos\xe9,b\n".encode("utf-16-le"), "utf-16", False),
        ("first,last\nJos\xe9,b\n".encode("utf-16-be"), "utf-16", False),
        ("a,b\n太郎,山田\n".encode("utf-16-le") + "c,d\n".encode("utf-16-le"), "utf-16", False),
    ],
)
def test_an_encoding_is_found_by_all_bytes_of_a_file(content, name, has_bom):
    found = detect_encoding(MemoryBytes(content), CARE)
    assert (found.name, found.has_bom) == (name, has_bom)
    assert content.decode(found.codec)[0] in "aJf"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.7", "a PDF document"),
        (b"PAR1\x15", "Parquet"),
        (bytes(range(32)) * 4, "binary data"),
        (b"\x00\x01" * 99, "binary data"),
        (b"7z\xbc\xaf\x27\x1crest", "7-Zip"),
    ],
)
def test_a_file_that_is_no_text_is_called_by_its_kind(content, said):
    with pytest.raises(FileFault) as fault:
        detect_encoding(MemoryBytes(content), CARE)
    assert fault.value.code == "not_csv"
    assert said in fault.value.reason


@pytest.mark.parametrize("mark", ["\x1f", "\x1e", "\x02", "\x7f"])
def test_marks_before_values_do_not_make_a_small_text_binary(mark):
    cells = ["first name", "last name", "ehr id", "Ann", "Li", "7"]
    text = ",".join(mark + cell for cell in cells)
    assert detect_encoding(MemoryBytes(text.encode()), CARE).name == "utf-8"


def test_an_empty_file_is_empty():
    with pytest.raises(FileFault) as fault:
        detect_encoding(MemoryBytes(b""), CARE)
    assert fault.value.code == "empty_file"


def test_an_encoding_that_the_format_does_not_take_is_refused_by_byte_and_line():
    with pytest.raises(FileFault) as fault:
        detect_encoding(MemoryBytes(b"a,b\nJos\xe9,b\n"), METRIPORT)
    assert (fault.value.code, fault.value.line) == ("encoding_not_allowed", 2)
    assert "byte 8 (line 2)" in fault.value.reason
    desk = get_format("ptdirect")
    with pytest.raises(FileFault, match="the file is UTF-16"):
        detect_encoding(MemoryBytes("a,b\n".encode("utf-16")), desk)


@pytest.mark.parametrize(
    ("content", "place", "line"),
    [
        ("José,b\nZoë,c\n".encode() + b"M\xfcller\n", 17, 3),
        ("José,Núñez\n".encode() + b"Bront\xc3,d\n", 20, 2),
        (codecs.BOM_UTF8 + b"a,b\nJos\xe9\n", 11, 2),
        (b"Jos\xe9," * 50 + "é".encode(), 4, 1),
        (b"a\rb\rJos\xe9\r" + "é".encode(), 8, 3),
        (b"Jos\xe9\r\n" + MUCH + "\u20ac".encode(), 4, 1),
    ],
)
def test_where_one_letter_is_utf_8_another_byte_is_named_and_does_not_decide(content, place, line):
    with pytest.raises(FileFault) as fault:
        detect_encoding(MemoryBytes(content), CARE)
    assert (fault.value.code, fault.value.line) == ("encoding_not_allowed", line)
    assert f"byte {place} (line {line}) is not UTF-8" in fault.value.reason


NAMES = "first,last\nJosé,Núñez\nZoë,Brontë\nRené,Müller\nAnn,Smith\n"


@pytest.mark.parametrize(
    ("codec", "said"), [("mac_roman", "Mac OS"), ("cp437", "MS-DOS"), ("cp850", "MS-DOS")]
)
def test_a_code_page_of_another_system_is_told_by_what_windows_1252_would_make_of_it(codec, said):
    with pytest.raises(FileFault) as fault:
        detect_encoding(MemoryBytes(NAMES.replace("ü", "u").encode(codec)), CARE)
    assert (fault.value.code, fault.value.line) == ("encoding_not_allowed", 2)
    assert said in fault.value.reason


@pytest.mark.parametrize(
    "text",
    [
        NAMES,
        NAMES.upper(),
        "a,b\nO’Brien,said “hello” – twice…\n",
        "a,b\nŠimek,Žižka\nDvořák".replace("ř", "r"),
        "a,b\n50€,£5\nGarcía–López,5°C\n",
        "a,b\nMª José,Nº 5 «bon»\n",
        "a,b\nDon’t call‚x,Müller\nJosé,René\nZoë,Núñez\nÅsa,Noël\nChloë,Eché\n",
        "a,b\ncœur,Œuvre • x\nŸvette,Renée\n",
    ],
)
def test_windows_1252_is_not_taken_for_another_code_page(text):
    assert detect_encoding(MemoryBytes(text.encode("cp1252")), CARE).name == "windows-1252"


def test_half_a_letter_at_the_end_of_a_file_is_found():
    with pytest.raises(FileFault) as fault:
        detect_encoding(MemoryBytes("a,b\n".encode("utf-16") + b"x"), CARE)
    assert fault.value.code == "encoding_not_allowed"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"abc", None),
        (b"\xff", (0, 1)),
        (b"a\nb\nc\xff", (5, 3)),
        ("Jos\xe9".encode()[:-1], (3, 1)),
        (MUCH + b"\n\xff", (len(MUCH) + 1, 2_000_002)),
        # The first byte of a letter ends one piece that is read, and its second begins the next.
        (b"x" * ((1 << 22) - 1) + "\xe9".encode() + b"\n\xff", ((1 << 22) + 2, 2)),
    ],
)
def test_the_first_byte_that_cannot_be_read_is_found_by_offset_and_line(content, found):
    assert first_undecodable(MemoryBytes(content)) == found
