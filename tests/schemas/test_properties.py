"""Properties of every value and every file, not only of those in the tables."""

import calendar
import re
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from assets.raw_rows import load_raw, load_tolerantly
from assets.staging_database import create_table
from rosters.read_layout import read_layout
from rosters.regular_files import count_regular_records
from rosters.value_macros import load_macros
from schemas.catalogue import FORMATS, get_format
from schemas.code_lists import languages, states
from schemas.errors import FileFault
from schemas.kinds import Kind
from schemas.name_folding import fold
from tests.schemas.tables import csv_of, engine

LEVELS = ("Low", "High", "Very high", "A+", "A-")
# One of each way of reading. Left out is PT Direct's mobile number: stored it begins with a plus,
# which its page does not allow as input.
KINDS = {
    column.kind.sql: column.kind
    for declared in FORMATS.values()
    for column in declared.columns
    if column.kind.name != "international mobile"
}
relaxed = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        load_macros(connection)
        create_table(connection, "risk_levels", pl.DataFrame({"level": LEVELS}))
        yield connection


def read(duck: duckdb.DuckDBPyConnection, sql: str, cells: list[str]) -> list[str | None]:
    """The results of an expression over `cell` for each cell."""
    found = duck.execute(
        f"SELECT {sql} FROM (SELECT unnest($cells::VARCHAR[]) AS given, "
        "generate_subscripts($cells::VARCHAR[], 1) AS place), LATERAL (SELECT given(given) AS cell)"
        " ORDER BY place",
        {"cells": cells},
    )
    return [value for (value,) in found.fetchall()]


def read_kind(duck: duckdb.DuckDBPyConnection, kind: Kind, cells: list[str]) -> list[str | None]:
    return read(duck, kind.sql.format(cell="cell", partner="NULL"), cells)


free = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40)
likely = st.one_of(
    free,
    st.from_regex(r"[-+]?\d{1,12}([-./ ]\d{1,4}){0,3}", fullmatch=True),
    st.from_regex(r"[A-Za-z' ,.;|#()-]{1,30}", fullmatch=True),
    st.from_regex(r"\d{1,4} [A-Za-z]{1,8} (St|AVE|road)[.,]? (apt|#|Unit)? ?\d?", fullmatch=True),
    st.from_regex(r"\+?1?[-( ]{0,2}\d{3}[-) ]{0,2}\d{3}-?\d{4}( ?x\d{1,3})?", fullmatch=True),
    st.from_regex(r"(mailto: ?)?[A-Za-z.+]{1,8}@[a-z]{1,8}\.[a-z]{2,3}", fullmatch=True),
    st.sampled_from([*states(), *languages(), *LEVELS, "m", "Female", "unk", "TRUE", "#N/A"]),
    st.dates(date(1850, 1, 1), date(2150, 1, 1)).map(lambda d: d.strftime("%m/%d/%Y")),
)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@relaxed
@given(cells=st.lists(likely, min_size=1, max_size=20))
@example(cells=["\x1f", "a\x1fb"])
def test_reading_a_value_that_was_read_changes_nothing(
    duck: duckdb.DuckDBPyConnection, kind: Kind, cells: list[str]
):
    once = read_kind(duck, kind, cells)
    # Stored lists are joined by a separator that no sender writes.
    separator = "; " if kind.is_list else "\x1f"
    again = read_kind(duck, kind, [(value or "").replace("\x1f", separator) for value in once])
    assert again == once


def as_tools_write(number: int) -> list[str]:
    """A number as programs write it that take it for an amount."""
    english = [
        f"{number}.0", f"{number}.00", f"{number:,}", f"{number:,}.0", f"{number:,}.00",
        f"{number:e}", f"{number:.0E}", f"{number:.5E}",
    ]  # fmt: skip
    others = [each.translate(str.maketrans(",.", ".,")) for each in english]
    spaced = [each.replace(",", separator) for each in english for separator in " '\u202f\u2019"]
    return [sign + each for each in [*english, *others, *spaced] for sign in ("", "+", "-")]


NUMBERS_OF_PEOPLE = {
    column.kind.sql: column.kind
    for declared in FORMATS.values()
    for column in declared.columns
    if re.search("read_(ssn|.*phone)", column.kind.sql)
}


@pytest.mark.parametrize("kind", NUMBERS_OF_PEOPLE.values(), ids=NUMBERS_OF_PEOPLE)
def test_no_ssn_and_no_phone_gains_a_digit(duck: duckdb.DuckDBPyConnection, kind: Kind):
    numbers = (1234567, 12345678, 123456789, 212555010, 2125550100, 12125550100, 442079460958)
    cells = [(number, cell) for number in numbers for cell in as_tools_write(number)]
    results = read_kind(duck, kind, [cell for _, cell in cells])
    for (number, cell), taken in zip(cells, results, strict=True):
        if taken not in (None, cell) and re.fullmatch(r"\+?\d+", taken or ""):
            assert re.fullmatch(rf"(?:\+1?)?0*{number}", taken or ""), cell


def python_date(cell: str) -> str:
    """The dates of ThoroughCare's page, as anybody would write them in Python."""
    forms = (
        (r"(?P<y>\d{4})([-/.])(?P<m>\d\d?)\2(?P<d>\d\d?)"),
        (r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)"),
        (r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})"),
        (r"(?P<m>\d\d?)-(?P<d>\d\d?)-(?P<y>\d{4})"),
    )
    for form in forms:
        if found := re.fullmatch(form, cell, re.ASCII):
            year, month, day = (int(found[part]) for part in "ymd")
            is_date = year >= 1 and 1 <= month <= 12
            if is_date and 1 <= day <= calendar.monthrange(year, month)[1]:
                return date(year, month, day).isoformat()
            return cell
    if re.fullmatch(r"\d{4,5}(\.0+)?", cell, re.ASCII) and not re.fullmatch(
        r"(19|20)\d\d(\.0+)?", cell, re.ASCII
    ):
        return (
            date(1899, 12, 30) + timedelta(days=int(cell.split(".", maxsplit=1)[0]))
        ).isoformat()
    return cell


def ascii_like(pattern: str) -> st.SearchStrategy[str]:
    return st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True)


date_like = (
    st.one_of(
        ascii_like(r"\d{4}-\d\d-\d\d"),
        ascii_like(r"(18|19|20)\d\d-[01]\d-[0-3]\d"),
        ascii_like(r"(18|19|20)\d\d[01]\d[0-3]\d"),
        ascii_like(r"[01]?\d/[0-3]?\d/(\d\d)?\d\d"),
        ascii_like(r"[01]?\d-[0-3]?\d-\d{2,4}"),
        ascii_like(r"\d{3,6}(\.0{0,2})?"),
        ascii_like(r"[0-9/. -]{1,12}"),
    )
    .map(str.strip)
    # Python knows no year 0; the formats refuse all before 1900.
    .filter(lambda cell: cell and "0000" not in cell)
)


@relaxed
@given(cells=st.lists(date_like, min_size=1, max_size=50))
def test_dates_are_read_as_plain_python_would(duck: duckdb.DuckDBPyConnection, cells: list[str]):
    assert read(duck, "read_date(cell)", cells) == [python_date(cell) for cell in cells]


def test_every_day_is_read_in_every_form(duck: duckdb.DuckDBPyConnection):
    days = [date(1900, 1, 1) + timedelta(days=n) for n in range(50_000)]
    wanted = [day.isoformat() for day in days]
    for form in ("%Y-%m-%d", "%Y%m%d", "%m/%d/%Y", "%m-%d-%Y"):
        assert read(duck, "read_date(cell)", [day.strftime(form) for day in days]) == wanted
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%m/%d/%Y", "%b %d, %Y", "%Y-%m-%dT00:00:00Z"):
        cells = [day.strftime(form) for day in days]
        assert read(duck, "read_metriport_dob(cell)", cells) == wanted


letters = st.characters(
    min_codepoint=0x20, max_codepoint=0x24F, exclude_categories=["Cc"]
) | st.characters(min_codepoint=0x1E00, max_codepoint=0x1EFF) | st.sampled_from(
    "ΆΈΉΊΌΎΏΐΑΒΓΣΦΨΩάέήίαβγςσφψωϊϋόύώЁАБВГДЖЙЩЫЬЭЮЯабвгдежзийщыьэюяёЇїІіЄєҐґĐđŁłŒœÆæØøßÞþÐð’‘´`·"
)  # fmt: skip


@relaxed
@given(name=st.text(letters, max_size=12))
def test_folding_knows_no_composition(duck: duckdb.DuckDBPyConnection, name: str):
    spellings = [name, unicodedata.normalize("NFD", name), unicodedata.normalize("NFC", name)]
    found = duck.execute("SELECT DISTINCT fold(unnest($names::VARCHAR[]))", {"names": spellings})
    assert len(found.fetchall()) == 1


@pytest.mark.parametrize("spellings", [("MÜLLER", "müller"), ("ΓΙΏΡΓΟΣ", "Γιώργος", "γιωργοσ")])
def test_folding_knows_no_case(duck, spellings):
    found = duck.execute("SELECT DISTINCT fold(unnest($1::VARCHAR[]))", [list(spellings)])
    assert len(found.fetchall()) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("Strauß", "STRAUSS"), ("Yıldız", "YILDIZ"), ("Işıl", "IŞIL"), ("İpek", "ipek"),
     ("Łukasz", "LUKASZ"), ("Søren", "SOREN"), ("Đorđe", "Dorde"), ("Æsa", "AESA"),
     ("Þór", "THOR"), ("Guðrún", "Gudrun"), ("Ħal", "HAL"), ("ﬁona", "FIONA"),
     ("Ǆ", "dž"), ("OʼBrien", "O'Brien"), ("O’Brien", "OBRIEN"), ("Kaʻahumanu", "Ka'ahumanu"),
     ("Kealiʻi", "Kealii"), ("Семён", "СЕМЕН"), ("Καλλιόπη", "ΚΑΛΛΙΟΠΗ"), ("محمـد", "محمد"),
     ("葛󠄀", "葛"), ("한", "\u1112\u1161\u11ab")],
)  # fmt: skip
def test_spellings_of_one_name_fold_alike(duck, one, other):
    assert duck.execute("SELECT fold($1), fold($2)", [one, other]).fetchone() == (fold(one),) * 2
    assert fold(one) == fold(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [("रमा", "रीमा"), ("राम", "रोमी"), ("กิตติ", "กัตตุ"), ("かな", "がな"), ("カナ", "ガナ"),
     ("မောင်", "မင်"), ("ខេម", "ខឹម"), ("José रमा", "José रीमा"), ("タロー", "タロ")],
)  # fmt: skip
def test_marks_that_are_letters_keep_names_apart(duck, one, other):
    assert duck.execute("SELECT fold($1), fold($2)", [one, other]).fetchone() == (
        fold(one), fold(other)
    )  # fmt: skip
    assert fold(one) != fold(other)


UNKNOWN_TO_PYTHON = {0x0CF3, 0x0ECE}
"""Marks that are newer than the Unicode of Python 3.11."""


@pytest.mark.parametrize(
    "around", ["{}", "a{}", "e\u0301{}", "क{}", "か{}x", "{}\u0301", "{}\u3099"]
)
def test_every_character_folds_as_in_the_stages(duck, around):
    codes = (c for c in range(1, 0x10000) if not 0xD800 <= c < 0xE000)
    texts = [around.format(chr(code)) for code in codes if code not in UNKNOWN_TO_PYTHON]
    found = duck.execute("SELECT fold(unnest($1::VARCHAR[]))", [texts]).fetchall()
    pairs = zip(texts, found, strict=True)
    assert [text for text, (folded,) in pairs if folded != fold(text)] == []


@pytest.mark.parametrize("apostrophe", "'’‘ʼʻ`´＇")
def test_titles_have_a_capital_after_every_form_of_apostrophe(duck, apostrophe):
    cells = [f"O{apostrophe}BRIEN", f"coeur d{apostrophe}alene"]
    wanted = [f"O{apostrophe}Brien", f"Coeur D{apostrophe}Alene"]
    assert read(duck, "title_case_unless_mixed(cell)", cells) == wanted


words = st.lists(
    st.from_regex(r"[a-z]{1,6}('[a-z]{1,4})?(-[a-z]{1,4})?", fullmatch=True), min_size=1
)


@relaxed
@given(words=words, is_upper=st.booleans())
def test_titles_have_capitals_after_spaces_and_apostrophes_only(
    duck: duckdb.DuckDBPyConnection,
    words: list[str],
    is_upper: bool,  # noqa: FBT001
):
    name = " ".join(words)
    wanted = re.sub(r"(^|[ '])([a-z])", lambda found: found[1] + found[2].upper(), name)
    cell = name.upper() if is_upper else name
    assert read(duck, "read_cased_name(cell)", [cell]) == [wanted]


cell_text = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])
    | st.sampled_from([",", '"', "\n", " ", "é", "’", ";", "\t"]),
    max_size=12,
)
HEADER = ["First Name", "Last Name", "DOB", "Sex", "Notes"]


@settings(relaxed, max_examples=50)
@given(
    rows=st.lists(st.lists(cell_text, min_size=5, max_size=5), min_size=1, max_size=8),
    ends=st.sampled_from(["\r\n", "\n"]),
    has_last_end=st.booleans(),
)
def test_both_ways_of_reading_give_back_the_cells_that_were_written(
    tmp_path: Path,
    rows: list[list[str]],
    ends: str,
    has_last_end: bool,  # noqa: FBT001
):
    text = csv_of([HEADER, *rows]).replace("\r\n", "\x00").replace("\x00", ends)
    path = tmp_path / "rows.csv"
    path.write_bytes((text if has_last_end else text.removesuffix(ends)).encode())
    layout = read_layout(path, get_format("thoroughcare"))
    cells = "line, fields, " + ", ".join(f"nullif(c{i}, '')" for i in range(5))
    with engine().cursor() as connection:
        count = load_raw(connection, path, layout)
        quick = connection.execute(f"SELECT {cells} FROM raw ORDER BY line").fetchall()
        load_tolerantly(connection, path, layout)
        slow = connection.execute(f"SELECT {cells} FROM raw ORDER BY line").fetchall()
    wanted = [
        (line, 5, *(cell or None for cell in row))
        for line, row in enumerate(rows, 2)
        if any(cell.strip(" \t\n\r\xa0") for cell in row)
    ]
    assert quick == wanted
    assert [
        row for row in slow if any((cell or "").strip(" \t\n\r\xa0") for cell in row[2:])
    ] == wanted
    assert count == len(wanted)


@relaxed
@given(rows=st.lists(st.lists(st.from_regex(r"[a-z,\"\n]{1,6}", fullmatch=True),
                              min_size=5, max_size=5), min_size=1, max_size=5))  # fmt: skip
def test_rfc_4180_is_regular_and_takes_the_fast_way(tmp_path: Path, rows: list[list[str]]):
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(csv_of([row]).removesuffix("\r\n") for row in [HEADER, *rows]))
    layout = read_layout(path, get_format("thoroughcare"))
    if "\n\n" not in path.read_text():
        assert count_regular_records(path, layout) == len(rows) + 1


noise = st.one_of(
    st.binary(max_size=300),
    st.builds(
        lambda header, body: header + body,
        st.sampled_from(
            [b"First Name,Last Name,DOB,Sex\n", b"\xef\xbb\xbfFirst Name,Last Name,DOB,Sex\r\n",
             "First Name,Last Name,DOB,Sex\n".encode("utf-16"), b"firstName,dob,zip\r\n",
             b"\xff\xfe", b"\xfe\xff", b"First Name;Last Name;DOB;Sex\n", b"a,b,c,d,e\n"]
        ),
        st.binary(max_size=200)
        | st.text(st.sampled_from(list('a,"\n\r;\t\x00é\u2028')), max_size=80).map(str.encode),
    ),
)  # fmt: skip


@pytest.mark.parametrize("format_name", sorted(FORMATS))
@settings(relaxed, max_examples=75)
@given(content=noise)
def test_no_bytes_at_all_raise_anything_but_a_fault_of_the_file(
    tmp_path: Path, format_name: str, content: bytes
):
    path = tmp_path / "noise.csv"
    path.write_bytes(content)
    with engine().cursor() as connection:
        try:
            layout = read_layout(path, get_format(format_name))
            records = load_raw(connection, path, layout)
        except FileFault:
            return
    assert records >= 0
