"""Bad files: each says what is wrong, fails alone, and answers its sender."""

import pytest

from registry.accounts.accounts import add_account
from schemas.errors import NotFound
from tests.files import METRIPORT_HEADER, METRIPORT_ROW, PTDIRECT_ROW, care, john, maria
from tests.importing import process, put

HEADER = care(maria()).splitlines()[0]
LINE = care(maria()).splitlines()[1]
GOOD = f"{METRIPORT_HEADER}\n{METRIPORT_ROW}\n"


@pytest.fixture
def send(database, connection, tmp_path):
    """Import a file into a new account of the given format."""

    def send(content, format_name="thoroughcare"):
        account = add_account(connection, f"sends-{format_name}", format_name)
        connection.commit()
        imported = put(database, connection, account, content, folder=tmp_path)
        return process(database, connection, imported)

    return send


def fault(done):
    """The code and reason of a file that failed as a whole, said the same everywhere."""
    assert done.imported.state == done.attempt.state == "failed"
    assert done.imported.reason == done.attempt.reason
    assert done.rows == []
    (only,) = done.result_rows()
    assert done.attempt.reason in only.values()
    return done.attempt.fault_code, done.attempt.reason


WIDE = ",".join(f"c{i}" for i in range(10_000))
FILES = {
    "empty": (b"", "empty_file", "the file is empty"),
    "only line ends": (b"\r\n\r\n", "empty_file", "the file holds no data"),
    "only commas": (b",,,\n,,,\n", "empty_file", "the file holds no data"),
    "only a byte order mark": (b"\xef\xbb\xbf", "empty_file", "the file holds no data"),
    "header only": (HEADER + "\r\n", "no_rows", "a header but no rows"),
    "header and blank rows": (HEADER + "\r\n,,,,\r\n\r\n", "no_rows", "no rows"),
    "a damaged workbook": (b"PK\x03\x04" + bytes(99), "cannot_be_opened", "damaged or cut off"),
    "a PDF": (b"%PDF-1.7\n" + bytes(99), "not_csv", "a PDF document"),
    "binary": (bytes(range(256)) * 40, "not_csv", "binary data"),
    "plain prose": ("Dear clinic,\nplease see below.\n", "header_unusable", "must be the header"),
    "a web page": ("<html><body>Sign in</body></html>\n", "header_unusable", "line 1"),
    "no header": (LINE + "\r\n", "header_unusable", "first line must be the header"),
    "10,000 columns": (f"{WIDE}\n{WIDE}\n", "too_many_columns", "10000 columns"),
    "headers twice": (f"{HEADER},{HEADER}\r\n{LINE},{LINE}\r\n", "duplicate_header", "same field"),
    "synonyms twice": (f"{HEADER},DOB\r\n{LINE},x\r\n", "duplicate_header", "'DOB'"),
    "no birthday": (
        "first name,last name,gender\nA,B,f\n", "missing_column", "missing: Patient Birthday",
    ),
    "bytes that Windows-1252 has not": (
        f"{HEADER}\n{LINE}\nJos".encode() + b"\xe9\x81,b\n", "encoding_not_allowed",
        "(line 3) is not Windows-1252",
    ),
    "half a character of UTF-16": (
        f"{HEADER}\n{LINE}\n".encode("utf-16")[:-1], "encoding_not_allowed", "is not UTF-16",
    ),
    "a code page of MS-DOS": (
        f"{HEADER}\n{LINE}\n".encode() + "José,Núñez,1950-01-02,m\n".encode("cp437"),
        "encoding_not_allowed", "code page of MS-DOS",
    ),
    "one byte that is not UTF-8": (
        f"{HEADER}\n{LINE}\nJosé,Zoë,".encode() + b"\xfc\n", "encoding_not_allowed",
        "(line 3) is not UTF-8, as other letters of the file are",
    ),
    "PGP": (
        b"-----BEGIN PGP MESSAGE-----\n\nhQEMA\n", "cannot_be_decrypted", "has no key for it",
    ),
    "a first line of 5 MB": (b"x" * 5_000_000, "line_too_long", "line 1 has more than"),
    "a row of 5 MB": (
        f"{HEADER}\n{LINE}\n" + "x" * 5_000_000, "line_too_long", "line 3 has more than 4,194,304",
    ),
    "a quote open for 5 MB": (
        f'{HEADER}\n"' + f"{LINE}\n" * 200_000, "unclosed_quote", "line 2 opens a quote",
    ),
    "2 MB of line ends": (
        f"{HEADER}\n{LINE}" + "\n" * 2_000_000, "too_many_blank_lines", "1,048,576 blank lines",
    ),
    "2 MB of nothing but line ends": (b"\n" * 2_000_000, "empty_file", "holds no data"),
    "two stray quotes": (
        f'{HEADER}\n{LINE},"x\n{LINE}\n{LINE},"x\n', "unclosed_quote", "line 2 opens a quote",
    ),
    "unclosed quote": (
        f'{HEADER}\r\n{LINE}\r\n"never closed,b\r\n{LINE}\r\n', "unclosed_quote", "line 3 opens",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_cannot_be_read_fails_and_says_why(send, name):
    content, code, reason = FILES[name]
    found, said = fault(send(content))
    assert found == code
    assert reason in said


def test_a_cell_of_any_size_below_the_limit_of_a_line_fails_its_row_and_is_answered(send):
    cell = "x" * 200_000
    done = send(f"{HEADER}\n{cell}{LINE}\n{LINE}\n")
    assert done.outcomes == ["errored", "created"]
    assert "cell_too_long" in done.codes(2)
    assert cell in done.result


def test_a_row_of_10000_cells_fails_alone(send):
    done = send(f"{HEADER}\n{LINE}{',x' * 10_000}\n{LINE}\n")
    assert done.outcomes == ["errored", "created"]
    assert done.codes(2) == ["row_too_long"]


METRIPORT_FILES = {
    "semicolons": (GOOD.replace(",", ";"), "wrong_delimiter", "separated by a semicolon"),
    "tabs": (GOOD.replace(",", "\t"), "wrong_delimiter", "separated by a tab"),
    "Windows-1252": (
        GOOD.replace("Maria", "José").encode("cp1252"), "encoding_not_allowed",
        "(line 2) is not UTF-8",
    ),
    "100,001 rows": (
        f"{METRIPORT_HEADER}\n" + f"{METRIPORT_ROW}\n" * 100_001, "too_many_rows", "100,001 rows",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", METRIPORT_FILES)
def test_metriport_refuses(send, name):
    content, code, reason = METRIPORT_FILES[name]
    found, said = fault(send(content, "metriport"))
    assert found == code
    assert reason in said


def test_ptdirect_refuses_more_than_1000_rows(send):
    rows = "".join(PTDIRECT_ROW.replace("1001", str(i)) + "\n" for i in range(1_001))
    assert fault(send(rows, "ptdirect"))[0] == "too_many_rows"


def test_ptdirect_refuses_utf_16(send):
    assert fault(send(PTDIRECT_ROW.encode("utf-16"), "ptdirect"))[0] == "encoding_not_allowed"


def test_ptdirect_refuses_semicolons(send):
    assert fault(send(PTDIRECT_ROW.replace(",", ";"), "ptdirect"))[0] == "wrong_delimiter"


def test_1000_rows_of_ptdirect_and_a_blank_one_are_not_too_many(send):
    rows = "".join(PTDIRECT_ROW.replace("1001", str(i)) + "\n" for i in range(1_000))
    assert send(rows + "\n,,,,\n", "ptdirect").outcomes == ["created"] * 1_000


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_thoroughcare_recognises_other_delimiters_and_says_so(send, mark):
    done = send(care(maria(city="Rome")).replace(",", mark))
    assert done.outcomes == ["created"]
    assert done.codes(0) == ["delimiter_recognised"]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_thoroughcare_reads_every_encoding_with_every_line_end(send, connection, codec, end):
    text = care({**maria(), "last": "Núñez"}, john()).replace("\r\n", end)
    done = send(text.encode(codec))
    assert done.outcomes == ["created", "created"]
    names = connection.execute("SELECT last_name FROM patient ORDER BY id").fetchall()
    assert names == [("Núñez",), ("Smith",)]


def test_a_bad_file_does_not_stop_its_neighbours(database, connection, tmp_path):
    account = add_account(connection, "clinic", "thoroughcare")
    contents = [care(maria()), b"\x00\x01" * 99, care(john()), b""]
    batch = [put(database, connection, account, each, folder=tmp_path) for each in contents]
    states = [process(database, connection, each).imported.state for each in batch]
    assert states == ["completed", "failed", "completed", "failed"]


def test_a_corrected_file_is_another_import(database, connection, tmp_path):
    account = add_account(connection, "clinic", "thoroughcare")
    bad = process(database, connection, put(database, connection, account, b"", folder=tmp_path))
    good = put(database, connection, account, care(maria()), folder=tmp_path)
    assert process(database, connection, good).outcomes == ["created"]
    assert bad.imported.id != good.id


def test_a_further_attempt_over_a_failed_file_fails_with_another_result(
    database, connection, tmp_path
):
    account = add_account(connection, "clinic", "thoroughcare")
    bad = put(database, connection, account, b"", folder=tmp_path)
    process(database, connection, bad)
    again = process(database, connection, bad, again=True)
    assert fault(again)[0] == "empty_file"
    names = [path.name for path in (database.results_dir / bad.partition_key).iterdir()]
    assert len(names) == 4


def test_an_account_of_an_unknown_format_cannot_be_made(connection):
    with pytest.raises(NotFound, match="known formats: thoroughcare, metriport, ptdirect"):
        add_account(connection, "clinic", "hl7")
