"""Tables are copied in batches, of which only a few are there at a time."""

import threading

import duckdb
import polars as pl
import psycopg
import pytest

from assets.patients.apply import _AHEAD, _copy_ahead
from assets.staging_database import read_in_batches

pytestmark = pytest.mark.usefixtures("tables")


@pytest.fixture
def tables(connection):
    for table in ("one", "two"):
        connection.execute(f"CREATE TEMPORARY TABLE {table} (place integer) ON COMMIT DROP")


@pytest.fixture
def staged():
    with duckdb.connect() as memory:
        memory.execute("CREATE TABLE number AS SELECT range AS place FROM range(50000)")
        yield memory


def _of(count):
    return lambda _: (pl.DataFrame({"place": [number]}) for number in range(count))


def test_many_batches_of_several_tables_all_arrive(connection, staged):
    _copy_ahead(staged, connection, [("one", _of(30)), ("two", _of(30))])
    for table in ("one", "two"):
        found = connection.execute(f"SELECT array_agg(place ORDER BY place) FROM {table}")
        assert found.fetchone() == (list(range(30)),)


def test_each_table_is_read_by_a_connection_of_its_own(connection, staged):
    used = []

    def number(own):
        used.append(own)
        return read_in_batches(own, "FROM number ORDER BY place DESC")

    _copy_ahead(staged, connection, [("one", number), ("two", number)])
    for table in ("one", "two"):
        found = connection.execute(f"SELECT count(*), sum(place) FROM {table}")
        assert found.fetchone() == (50_000, sum(range(50_000)))
    for each in used:
        assert each is not staged
        with pytest.raises(duckdb.ConnectionException):
            each.execute("SELECT 1")


def test_the_next_table_is_begun_while_one_is_copied(connection, staged):
    begun = threading.Event()

    def first(_):
        yield pl.DataFrame({"place": [1]})
        yield pl.DataFrame({"place": [2]})
        # Its last batch is not there before the other table has begun.
        assert begun.wait(10)
        yield pl.DataFrame({"place": [3]})

    def second(_):
        begun.set()
        yield pl.DataFrame({"place": [4]})

    _copy_ahead(staged, connection, [("one", first), ("two", second)])
    assert connection.execute("SELECT sum(place) FROM one").fetchone() == (6,)
    assert connection.execute("SELECT sum(place) FROM two").fetchone() == (4,)


def test_an_error_of_either_side_ends_all_of_it(connection, staged):
    def broken(own):
        yield pl.DataFrame({"place": [1]})
        own.execute("SELECT missing FROM number")

    with pytest.raises(duckdb.BinderException):
        _copy_ahead(staged, connection, [("one", _of(3)), ("two", broken)])
    connection.rollback()
    with pytest.raises(psycopg.errors.UndefinedTable):
        _copy_ahead(staged, connection, [("nowhere", _of(30)), ("two", _of(30))])
    assert threading.active_count() < 10


def test_before_the_first_batch_is_copied_only_a_few_are_made(connection, staged):
    asked, copied = [], []

    class Watched(pl.DataFrame):
        """A frame that says when it is written as CSV."""

        def iter_slices(self, n_rows=10_000):
            copied.append(len(asked))
            return super().iter_slices(n_rows)

    def batches(_):
        for number in range(30):
            asked.append(number)
            yield Watched({"place": [number]})

    _copy_ahead(staged, connection, [("one", batches)])
    assert len(copied) == 30
    assert all(ahead - place <= _AHEAD + 2 for place, ahead in enumerate(copied))
