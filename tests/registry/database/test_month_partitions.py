"""Months of their own for the tables that grow: made ahead, made late, and never missed."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from registry.database.connections import connect, connect_as_owner
from registry.database.month_partitions import (
    PARTITIONED,
    list_partitions,
    make_months,
    month_of,
    name_of,
    start_of_month,
)
from registry.database.row_level_security import ROLE
from registry.ids import first_id_at, new_id

pytestmark = pytest.mark.external_postgres

INSERT = "INSERT INTO import_row (import_id, attempt, line, outcome) VALUES (%s, 1, %s, 'created')"


@pytest.fixture
def own(own_registry):
    with connect_as_owner(own_registry) as connection:
        connection.autocommit = True
        yield connection


def names(connection, table="import_row"):
    return [each.name for each in list_partitions(connection, (table,))]


def lowest_bound(connection):
    return month_of(list_partitions(connection, ("import_row",))[0].upper)


def where(connection):
    found = connection.execute(
        "SELECT tableoid::regclass::text, count(*) FROM import_row GROUP BY 1 ORDER BY 1"
    )
    return dict(found.fetchall())


@pytest.mark.parametrize(
    ("instant", "later", "month"),
    [
        (datetime(2026, 11, 27, 5, tzinfo=UTC), 0, datetime(2026, 11, 1, tzinfo=UTC)),
        (datetime(2026, 11, 27, 5, tzinfo=UTC), 3, datetime(2027, 2, 1, tzinfo=UTC)),
        (datetime(2026, 12, 1, tzinfo=UTC), 1, datetime(2027, 1, 1, tzinfo=UTC)),
        (datetime(2026, 11, 1, tzinfo=UTC), 14, datetime(2028, 1, 1, tzinfo=UTC)),
        (
            datetime.fromisoformat("2026-12-01T01:00:00+02:00"),
            0,
            datetime(2026, 11, 1, tzinfo=UTC),
        ),
    ],
)
def test_months_are_those_of_utc(instant, later, month):
    assert start_of_month(instant, later) == month


def test_ids_of_an_instant_lie_between_the_bounds_of_its_month():
    end = datetime(2026, 12, 1, tzinfo=UTC)
    before, after = new_id(end - timedelta(milliseconds=1)), new_id(end)
    assert before < first_id_at(end) <= after
    assert month_of(first_id_at(end)) == end


def test_months_ahead_are_made_once_for_each_table(own):
    begin = lowest_bound(own)
    found = make_months(own, begin)
    assert found.busy == ()
    for table in PARTITIONED:
        assert names(own, table) == [
            name_of(table, None, begin),
            *(name_of(table, start_of_month(begin, n), start_of_month(begin, n + 1))
              for n in range(4)),
            name_of(table, start_of_month(begin, 4), None),
        ]  # fmt: skip
    assert make_months(own, begin).made == ()


def test_rows_of_months_that_nobody_made_have_a_place_and_stay_in_it(own):
    begin = lowest_bound(own)
    late = start_of_month(begin, 5) + timedelta(days=3)
    for line, instant in enumerate((begin - timedelta(days=1), begin, late), 2):
        own.execute(INSERT, (new_id(instant), line))
    onwards = name_of("import_row", begin, None)
    assert where(own)[onwards] == 2
    found = make_months(own, late)
    closed = name_of("import_row", begin, start_of_month(late, 4))
    following = name_of("import_row", start_of_month(late, 4), None)
    assert {closed, following} <= set(found.made)
    assert where(own) == {closed: 2, name_of("import_row", None, begin): 1}
    # And an import that repeats a row is refused as ever.
    ((import_id,),) = own.execute(
        "SELECT import_id FROM import_row ORDER BY import_id DESC LIMIT 1"
    ).fetchall()
    with pytest.raises(psycopg.errors.UniqueViolation):
        own.execute(INSERT, (import_id, 4))


def test_a_row_of_a_clock_that_was_years_ahead_keeps_nobody_from_making_months(own):
    begin = lowest_bound(own)
    far = new_id(start_of_month(begin, 100))
    own.execute(INSERT, (far, 2))
    own.execute(INSERT, (new_id(begin), 2))
    make_months(own, begin)
    following = name_of("import_row", start_of_month(begin, 4), None)
    assert where(own)[following] == 1
    assert own.execute("SELECT line FROM import_row WHERE import_id = %s", (far,)).fetchall()


def test_a_table_in_use_is_left_to_the_next_time_and_holds_nobody_up_for_long(own, own_registry):
    begin = lowest_bound(own)
    with connect(own_registry) as reader:
        reader.execute("SELECT count(*) FROM import_row")
        began = datetime.now(UTC)
        found = make_months(own, begin)
        assert found.busy == ("import_row",)
        assert datetime.now(UTC) - began < timedelta(seconds=20)
    assert "import_row" not in make_months(own, begin).busy
    assert len(names(own)) == 6


def test_reading_an_import_looks_into_one_partition(own):
    begin = lowest_bound(own)
    make_months(own, begin)
    plan = "\n".join(
        line
        for (line,) in own.execute(
            "EXPLAIN SELECT * FROM import_row WHERE import_id = %s AND attempt = 1",
            (new_id(start_of_month(begin, 1)),),
        ).fetchall()
    )
    read = [each for each in names(own) if each in plan]
    assert read == [name_of("import_row", start_of_month(begin, 1), start_of_month(begin, 2))]


def test_the_gateway_reads_partitions_through_their_table_only(own):
    begin = lowest_bound(own)
    make_months(own, begin)
    own.execute(INSERT, (new_id(begin), 2))
    own.execute(INSERT, (new_id(begin - timedelta(days=1)), 2))
    for table in PARTITIONED:
        for partition in list_partitions(own, (table,)):
            secured = own.execute(
                "SELECT relrowsecurity FROM pg_class WHERE relname = %s", (partition.name,)
            ).fetchall()
            assert secured == [(True,)], partition.name
            with own.transaction(force_rollback=True):
                own.execute(f"SET LOCAL ROLE {ROLE}")
                with pytest.raises(psycopg.errors.InsufficientPrivilege), own.transaction():
                    own.execute(f"SELECT count(*) FROM {partition.name}")
    with own.transaction():
        own.execute(f"SET LOCAL ROLE {ROLE}")
        assert own.execute("SELECT count(*) FROM import_row").fetchone() == (0,)


def test_ids_that_are_no_uuid7_find_a_place_as_well(own):
    for line in range(2, 12):
        own.execute(INSERT, (uuid4(), line))
    assert sum(where(own).values()) == 10
