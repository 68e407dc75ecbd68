"""Temporary tables of a transaction."""

from registry.decisions.temporary_tables import make_empty, make_temporary


def test_a_table_is_made_of_a_query_with_statistics_and_an_index(connection):
    query = "SELECT number, mod(number, %(by)s) AS rest FROM generate_series(1, 50) AS number"
    make_temporary(connection, "some_step", query, {"by": 7}, key="rest")
    assert connection.execute("SELECT count(*) FROM some_step").fetchone() == (50,)
    estimate = "SELECT reltuples FROM pg_class WHERE oid = 'pg_temp.some_step'::regclass"
    assert connection.execute(estimate).fetchone() == (50,)
    indexes = "SELECT count(*) FROM pg_indexes WHERE tablename = 'some_step'"
    assert connection.execute(indexes).fetchone() == (1,)


def test_a_table_that_the_transaction_used_before_is_made_anew(connection):
    for number in (1, 2):
        make_temporary(connection, "some_step", f"SELECT {number} AS number")
    assert connection.execute("SELECT number FROM some_step").fetchall() == [(2,)]
    make_empty(connection, "some_step", "(word text)")
    assert connection.execute("SELECT word FROM some_step").fetchall() == []


def test_tables_end_with_the_transaction(connection):
    make_temporary(connection, "some_step", "SELECT 1 AS number")
    make_empty(connection, "other_step", "(word text)")
    connection.commit()
    for name in ("some_step", "other_step"):
        found = connection.execute("SELECT to_regclass(%s)", (f"pg_temp.{name}",)).fetchone()
        assert found == (None,)
