"""Whole tables between polars and PostgreSQL."""

import polars as pl
import psycopg
import pytest

from registry.database.bulk_copy import (
    copy_in,
    copy_in_batches,
    copy_in_temporary,
    copy_out,
    copy_out_in_batches,
)

AWKWARD = [
    "plain",
    'a "quote"',
    "two\nlines",
    "comma, semicolon; tab\t",
    "Ünïcode 患者",
    "\\.",
    "\\N",
]


@pytest.fixture
def table(connection):
    connection.execute("CREATE TEMPORARY TABLE notes (place integer, note text) ON COMMIT DROP")
    return "notes"


def test_awkward_texts_and_nulls_come_back_as_they_went(connection, table):
    sent = pl.DataFrame({"place": range(len(AWKWARD) + 1), "note": [*AWKWARD, None]})
    copy_in(connection, table, sent)
    received = copy_out(connection, "SELECT place, note FROM notes ORDER BY place")
    assert received["note"].to_list() == [*AWKWARD, None]
    assert received.schema == {"place": pl.String, "note": pl.String}


def test_a_frame_of_one_column_may_hold_what_would_end_the_data(connection):
    connection.execute("CREATE TEMPORARY TABLE one (note text) ON COMMIT DROP")
    copy_in(connection, "one", pl.DataFrame({"note": AWKWARD}))
    rows = connection.execute("SELECT note FROM one").fetchall()
    assert sorted(note for (note,) in rows) == sorted(AWKWARD)


def test_an_empty_frame_writes_nothing(connection, table):
    copy_in(connection, table, pl.DataFrame({"place": [], "note": []}))
    assert copy_out(connection, "SELECT * FROM notes").is_empty()


def test_more_rows_than_go_at_a_time_all_arrive(connection, table):
    copy_in(connection, table, pl.DataFrame({"place": range(25_000)}))
    assert connection.execute("SELECT count(*), max(place) FROM notes").fetchone() == (
        25_000,
        24_999,
    )


def test_batches_follow_one_another_and_empty_ones_say_nothing(connection, table):
    batches = (pl.DataFrame({"place": places}) for places in ([], [1, 2], [], [3]))
    assert copy_in_batches(connection, table, batches) == 3
    assert connection.execute("SELECT array_agg(place) FROM notes").fetchone() == ([1, 2, 3],)
    assert copy_in_batches(connection, table, iter(())) == 0


def test_a_temporary_table_has_the_types_asked_for_and_goes_with_the_transaction(connection):
    frame = pl.DataFrame({"extra": ["x"], "born": ["1961-05-27"], "line": ["2"]})
    copy_in_temporary(connection, "staged", {"line": "integer", "born": "date"}, frame)
    found = connection.execute("SELECT line + 1, extract(year FROM born)::int FROM staged")
    assert found.fetchall() == [(3, 1961)]
    connection.commit()
    assert connection.execute("SELECT to_regclass('staged')").fetchone() == (None,)


def test_keys_are_looked_up_by_index_until_the_transaction_ends(connection):
    connection.execute("SET random_page_cost = 4")
    connection.commit()
    try:
        copy_in_temporary(connection, "wanted", {"line": "integer"}, pl.DataFrame({"line": [1]}))
        assert connection.execute("SHOW random_page_cost").fetchone() == ("1.1",)
        connection.rollback()
        assert connection.execute("SHOW random_page_cost").fetchone() == ("4",)
    finally:
        connection.execute("RESET random_page_cost")
        connection.commit()


@pytest.mark.parametrize("parameters", [(2,), {"place": 2}], ids=["by position", "by name"])
def test_a_query_is_given_its_parameters(connection, table, parameters):
    copy_in(connection, table, pl.DataFrame({"place": [1, 2], "note": ["a", "b"]}))
    marker = "%s" if isinstance(parameters, tuple) else "%(place)s"
    found = copy_out(connection, f"SELECT note FROM notes WHERE place = {marker}", parameters)
    assert found["note"].to_list() == ["b"]


MANY = "SELECT n AS place, repeat('x', 990) || E',\\n' AS note FROM generate_series(1, 30000) AS n"


def test_a_large_result_comes_in_batches_of_whole_rows(connection):
    batches = list(copy_out_in_batches(connection, MANY))
    assert len(batches) == 4
    assert max(batch.estimated_size() for batch in batches) < 1.1 * 2**23
    places = [int(place) for batch in batches for place in batch["place"]]
    assert places == list(range(1, 30_001))
    assert pl.concat(batches).equals(copy_out(connection, MANY))


def test_a_batch_is_given_before_later_rows_are_read(connection):
    fails_late = "SELECT 1 / (25000 - n) AS place, note FROM (SELECT n, repeat('x', 990) AS note"
    batches = copy_out_in_batches(
        connection, f"{fails_late} FROM generate_series(1, 30000) AS n) AS many"
    )
    assert next(batches).height > 5_000
    with pytest.raises(psycopg.errors.DivisionByZero):
        list(batches)


def test_who_needs_no_more_rows_may_stop_and_use_the_connection(connection):
    batches = copy_out_in_batches(connection, MANY)
    next(batches)
    batches.close()
    connection.rollback()
    assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_result_without_rows_is_one_empty_frame_with_its_columns(connection):
    (frame,) = copy_out_in_batches(connection, "SELECT 1 AS place, '' AS note WHERE false")
    assert frame.is_empty()
    assert frame.schema == {"place": pl.String, "note": pl.String}
