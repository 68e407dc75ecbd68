"""Records whose quotes break RFC 4180: read as meant where that is plain, lost never."""

import io
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rosters.record_reader import MAX_BLANK_LINES, MAX_RECORD_CHARS, Record, RecordReader
from rosters.swallowed_rows import holds_rows
from schemas.errors import FileFault
from tests.rosters.rfc_4180 import strict

WIDTH = 4


def read(text: str, delimiter: str = ",", **shape) -> list[Record]:
    lines = io.StringIO(text, newline="")
    return list(RecordReader(lines, delimiter, **({"width": WIDTH} | shape)))


def fault_of(text: str) -> FileFault:
    with pytest.raises(FileFault) as fault:
        read(text)
    return fault.value


@pytest.mark.parametrize(
    ("line", "cells", "plain"),
    [
        ('"Robert "Bob"",B,C,D', ['Robert "Bob"', "B", "C", "D"], (0,)),
        ('"A "Bob" C",B,C,D', ['A "Bob" C', "B", "C", "D"], (0,)),
        ('A,"said "hi, there" ok",C,D', ["A", 'said "hi, there" ok', "C", "D"], (1,)),
        (r'A,"likes \"quotes\", a lot",C,D', ["A", 'likes "quotes", a lot', "C", "D"], (1,)),
        (r'"Robert \"Bobby\"","B","C","D"', ['Robert "Bobby"', "B", "C", "D"], (0,)),
        (r'A,B,C,"size 6\""', ["A", "B", "C", 'size 6"'], (3,)),
        ('A,B,C,"6" ruler"', ["A", "B", "C", '6" ruler'], (3,)),
        ('A, "B",C, "D"', ["A", "B", "C", "D"], (1, 3)),
        ('A, "B, Jr", C,D', ["A", "B, Jr", " C", "D"], (1,)),
        ('A,"B" ,C,D', ["A", "B", "C", "D"], (1,)),
        ('A,B,C,\t"D"', ["A", "B", "C", "D"], (3,)),
        ('A, "B "x"",C,D', ["A", 'B "x"', "C", "D"], (1,)),
        ('"A ""x"" "y"",B,C,D', ['A "x" "y"', "B", "C", "D"], (0,)),
    ],
)
def test_a_stray_quote_is_read_as_meant_where_that_is_plain(line, cells, plain):
    (record,) = read(line + "\r\n")
    assert (record.cells, record.plain, record.doubtful) == (cells, plain, ())


@pytest.mark.parametrize(
    ("line", "cells", "doubtful"),
    [
        ('"Bob" Smith,B,C,D', ['"Bob" Smith', "B", "C", "D"], (0,)),
        ('"Bob"Smith,B,C,D', ['"Bob"Smith', "B", "C", "D"], (0,)),
        ('A,"B"x"y",C,D', ["A", '"B"x"y"', "C", "D"], (1,)),
        ('A,"B" x"y",z",C,D', ["A", '"B" x"y"', 'z"', "C", "D"], (1, 2)),
        ('A,Baker",C,D', ["A", 'Baker"', "C", "D"], (1,)),
    ],
)
def test_where_nobody_can_say_what_was_meant_the_cell_stands_with_all_its_quotes(
    line, cells, doubtful
):
    (record,) = read(line + "\n")
    assert (record.cells, record.doubtful) == (cells, doubtful)


@pytest.mark.parametrize(
    "line", ['5\'10" tall,"B",C,D', 'A "nick",B,C,D', 'A,B,C,5"', '"A ""x""",B,C,""', "A,B,C,D"]
)
def test_quotes_that_trouble_nobody_are_no_issue(line):
    (record,) = read(line)
    assert (record.plain, record.doubtful) == ((), ())


def test_a_cell_that_keeps_the_rfc_is_never_taken_for_one_with_backslashes():
    (record,) = read('A,B,C,"x\\""\ny"\n')
    assert record == Record(1, ["A", "B", "C", 'x\\"\ny'])
    first, second = read('A,B,C,"x\\""\nE,F,G,"y\\""\n')
    assert (first.cells[3], second.cells[3], second.line) == ('x"', 'y"', 2)


def test_a_space_before_a_quote_is_no_issue_where_the_format_allows_it():
    (record,) = read('A, "B, C",D,E\n', space_before_quotes=True)
    assert (record.cells, record.plain) == (["A", "B, C", "D", "E"], ())


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('A,B,C,"per son call\nE,F,G,H\nI,J,K,"per son call\n', 1),
        ('A,B,C,D\n"x\ny"z,F,G,H\n', 2),
        ('A,B,C,D\n\n"never closed\nF,G\n', 3),
        ('A, "b\nc" d,E,F\n', 1),
    ],
)
def test_a_stray_quote_in_a_cell_with_a_line_end_fails_the_file_by_its_line(text, line):
    fault = fault_of(text)
    assert (fault.code, fault.line) == ("unclosed_quote", line)
    assert f"line {line} opens a quote" in fault.reason


def test_a_well_closed_cell_with_line_ends_is_one_cell():
    (record,) = read('A,"one\r\ntwo ""x""\rthree\n",C,D\r\n')
    assert record == Record(1, ["A", 'one\r\ntwo "x"\rthree\n', "C", "D"])


@pytest.mark.parametrize(
    ("cells", "index", "found"),
    [
        (["a", "b", "c", "call\nB,C,D,ok\nE,F,G,later"], 3, True),
        (["call\nB,C,D,ok\nE", "b", "c", "d"], 0, True),
        (["a", "call,x\nB,C", "c", "d"], 1, False),
        (["a", "call,x,y\nB,C", "c", "d"], 1, True),  # one row ends where the other begins
        (["A,B,C,D\nx", "b", "c", "d"], 0, True),
        (["a", "b", "c", "one\ntwo, three\nfour"], 3, False),
        (["a", "b", "c", "no line end, a, b, c"], 3, False),
        (["a,b", "c\nd", "e", "f,g"], 1, False),
        (["a,b,", "d\nA", "b", "c,d,"], 1, True),  # further quotes have joined cells
        (["a", "b", 'x,d\nA,B,"one\ntwo', "d"], 2, True),  # and a note of two lines
    ],
)
def test_a_cell_whose_lines_look_like_rows_is_known(cells, index, found):
    assert holds_rows(cells, index, ",") is found


def test_a_line_that_is_too_long_fails_the_file():
    fault = fault_of("A,B,C,D\n" + "x" * (MAX_RECORD_CHARS + 1))
    assert (fault.code, fault.line) == ("line_too_long", 2)
    assert read("x" * MAX_RECORD_CHARS)[0].line == 1


def test_a_quote_that_is_not_closed_for_millions_of_characters_is_not_read_on():
    lines = ('"open\n', *("x" * 999 + "\n" for _ in range(10_000)))
    taken = iter(lines)
    with pytest.raises(FileFault, match="line 1 opens a quote that is never closed"):
        list(RecordReader(taken, ","))
    assert next(taken)


def test_blank_lines_without_end_fail_the_file():
    assert len(read("\n" * MAX_BLANK_LINES)) == MAX_BLANK_LINES
    assert fault_of("\n" * (MAX_BLANK_LINES + 1)).code == "too_many_blank_lines"


texts = st.text(st.sampled_from(list('ab1,"\n\r \\')), max_size=6)
rosters = st.lists(st.lists(texts, min_size=WIDTH, max_size=WIDTH), min_size=1, max_size=5)
marks = st.sampled_from(['"', '""', '\\"', ' "', '"x', "\n"])
damages = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 3), marks), max_size=4)


def written(rows: list[list[str]], end: str) -> str:
    """Each cell begins with its row's letter, and is quoted as a careful exporter does."""
    return "".join(
        ",".join(csv_cell(f"{chr(65 + i)}{cell}") for cell in row) + end
        for i, row in enumerate(rows)
    )


def csv_cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if re.search(r'[,"\r\n]', text) else text


def damaged(text: str, hits: list[tuple[int, int, str]]) -> str:
    for place, cut, mark in hits:
        at = place % (len(text) + 1)
        text = text[:at] + mark + text[at + cut :]
    return text


def bare(text: str) -> str:
    """What must never be lost: all but quotes, delimiters, line ends, blanks and backslashes."""
    return re.sub(r'[",\r\n \t\\]', "", text)


@settings(max_examples=600, deadline=None)
@given(rows=rosters, end=st.sampled_from(["\n", "\r\n"]), hits=damages)
@example(rows=[["a", "b", "c", "d"]] * 3, end="\n", hits=[(6, 0, '"'), (14, 0, '"')])
def test_whatever_is_damaged_nothing_is_lost_without_a_word(rows, end, hits):
    text = damaged(written(rows, end), hits)
    model = strict(text)
    try:
        records = read(text)
    except FileFault:
        assert not model.is_kept
        return
    cells = [record.cells for record in records if record.cells]
    assert bare("".join(cell for record in cells for cell in record)) == bare(text)
    if model.is_kept:
        assert [*filter(has_data, cells)] == [*filter(has_data, model.records)]
        assert not any(record.plain or record.doubtful for record in records)


def has_data(record: list[str]) -> bool:
    return bool("".join(record).strip()) or len(record) > 1


quotes = st.lists(st.tuples(st.integers(0, 200), st.just(0), st.just('"')), max_size=6)
said = st.lists(st.sampled_from(["ok", "a, b", 'x "y" z', "", "one\ntwo"]), min_size=3, max_size=5)


@settings(max_examples=600, deadline=None)
@given(hits=quotes, notes=said, place=st.integers(1, 3))
def test_no_row_stands_inside_another_without_a_word(hits, notes, place):
    """Each row begins with its own name; one that does not begin a record is spoken of."""
    rows = [[f"P{i}", "b", "c"] for i in range(len(notes))]
    for row, note in zip(rows, notes, strict=True):
        row.insert(place, note)
    text = damaged("".join(",".join(csv_cell(c) for c in row) + "\n" for row in rows), hits)
    names = set(re.findall(r"P\d", text))
    try:
        records = read(text)
    except FileFault:
        return
    spoken_of = [
        "".join(r.cells)
        for r in records
        if r.plain
        or r.doubtful
        or len(r.cells) != WIDTH
        or any(holds_rows(r.cells, i, ",") for i in range(WIDTH))
    ]
    begun = {name for r in records for name in re.findall(r"P\d", "".join(r.cells[:1]))}
    assert all(name in begun or any(name in each for each in spoken_of) for name in names)
