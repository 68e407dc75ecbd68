from datetime import date
from itertools import islice, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.landing.result_names import MAX_NAME_BYTES, fitting_name, result_names

DAY = date(2026, 11, 26)


def first(file_name, kind="result", attempt=1):
    return next(result_names(file_name, DAY, kind, attempt))


@pytest.mark.parametrize(
    ("file_name", "result"),
    [
        ("roster.csv", "2026-11-26_roster.csv"),
        ("ROSTER.CSV", "2026-11-26_ROSTER.CSV"),
        ("roster.txt", "2026-11-26_roster.txt"),
        ("roster", "2026-11-26_roster.csv"),
        ("roster.xlsx", "2026-11-26_roster.xlsx.csv"),
        ("roster.csv.gz", "2026-11-26_roster.csv.gz.csv"),
        ("roster.csv.pgp", "2026-11-26_roster.csv.pgp.csv"),
        ("roster.2026", "2026-11-26_roster.2026.csv"),
        (".csv", "2026-11-26_.csv.csv"),
    ],
)
def test_a_result_has_the_senders_name_and_opens_as_text(file_name, result):
    assert first(file_name) == result


def test_a_name_that_is_taken_is_numbered_before_attempt_and_suffix():
    assert list(islice(result_names("a.csv", DAY, "failed_rows", 3), 2)) == [
        "2026-11-26_a_failed-rows_attempt-3.csv",
        "2026-11-26_a_failed-rows_2_attempt-3.csv",
    ]


@pytest.mark.parametrize(
    ("file_name", "workbook"),
    [
        ("roster.xlsx", "2026-11-26_roster_failed-rows.xlsx"),
        ("Roster.ODS", "2026-11-26_Roster_failed-rows.xlsx"),
        ("roster.csv", "2026-11-26_roster_failed-rows.xlsx"),
        ("roster.xlsx.age", "2026-11-26_roster.xlsx.age_failed-rows.xlsx"),
        ("", "2026-11-26__failed-rows.xlsx"),
    ],
)
def test_failed_rows_of_a_workbook_have_a_name_that_opens_as_one(file_name, workbook):
    assert first(file_name, "failed_workbook") == workbook


LONG = ("n" * 240 + ".csv", "m" * 251 + ".csv", "患" * 79 + ".csv", "é" * 127, "🙂" * 63 + ".xlsx")


@pytest.mark.parametrize(
    ("file_name", "kind", "attempt"),
    [*product(LONG, ("result", "failed_rows", "failed_workbook"), (1, 32767))],
)
def test_a_long_name_is_cut_to_what_a_file_system_takes(tmp_path, file_name, kind, attempt):
    for name in islice(result_names(file_name, DAY, kind, attempt), 12):
        (tmp_path / name).touch()
        assert name.startswith(f"2026-11-26_{file_name[0]}")
        assert name.endswith(".xlsx" if kind == "failed_workbook" else ".csv")
    assert len(list(tmp_path.iterdir())) == 12


def test_a_name_is_cut_between_two_letters_and_a_letter_keeps_its_marks():
    assert first("é" * 200 + ".csv") == f"2026-11-26_{'é' * 120}.csv"
    marked = "o\u0308"
    cut = first(marked * 100 + ".csv")
    assert cut == f"2026-11-26_{marked * 80}.csv"


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=300))
def test_every_name_fits_and_is_itself_where_it_fitted(name):
    assert len(fitting_name(name, "_2").encode()) <= MAX_NAME_BYTES
    if "/" not in name and len(name.encode()) <= MAX_NAME_BYTES and name.strip("."):
        assert fitting_name(name) == name
