"""Tables are copied in batches, of which only a few are there at a time."""

import polars as pl

from assets.patients.apply import _AHEAD, _copy_ahead


def test_many_batches_of_several_tables_all_arrive(connection):
    for table in ("one", "two"):
        connection.execute(f"CREATE TEMPORARY TABLE {table} (place integer) ON COMMIT DROP")

    def batches():
        return (pl.DataFrame({"place": [number]}) for number in range(30))

    _copy_ahead(connection, [("one", batches()), ("two", batches())])
    for table in ("one", "two"):
        found = connection.execute(f"SELECT array_agg(place ORDER BY place) FROM {table}")
        assert found.fetchone() == (list(range(30)),)


def test_before_the_first_batch_is_copied_only_a_few_are_made(connection):
    connection.execute("CREATE TEMPORARY TABLE one (place integer) ON COMMIT DROP")
    asked, copied = [], []

    class Watched(pl.DataFrame):
        """A frame that says when it is written as CSV."""

        def iter_slices(self, n_rows=10_000):
            copied.append(len(asked))
            return super().iter_slices(n_rows)

    def batches():
        for number in range(30):
            asked.append(number)
            yield Watched({"place": [number]})

    _copy_ahead(connection, [("one", batches())])
    assert len(copied) == 30
    assert all(ahead - place <= _AHEAD + 2 for place, ahead in enumerate(copied))
