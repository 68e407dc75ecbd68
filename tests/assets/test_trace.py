"""An engineer sees the steps of an import one by one, and the tables as a step left them."""

from io import StringIO

import pytest

from assets.trace import Tracer, trace
from tests.files import maria
from tests.nights import Clinic


@pytest.fixture
def traced(database, connection, tmp_path):
    clinic = Clinic(database, connection, tmp_path)
    done = clinic.send(0, maria())
    connection.commit()

    def traced(**options):
        out = StringIO()
        trace(clinic.settings, done.imported, Tracer(out, **options))
        return out.getvalue()

    return traced


def test_each_step_is_shown_with_its_table_and_row_count(traced):
    lines = traced().splitlines()
    names = [line.split(":")[0] for line in lines]
    in_order = ["normalise", "number_issues", "make_row_keys", "assign_patients", "write_notices"]
    assert [name for name in names if name in in_order] == in_order
    assert "assign_patients: assigned has 1 row" in lines


def test_typed_sql_sees_the_tables_as_the_step_left_them(traced):
    typed = ["SELECT count(*) AS people FROM person\n", "\n", "FROM outcome\n"]
    shown = traced(stop_after="make_row_keys", typed=typed)
    assert "people" in shown
    assert "Table with name outcome does not exist" in shown


def test_the_sql_is_shown_with_its_bound_values(traced):
    shown = traced(with_sql=True)
    assert "CREATE OR REPLACE TEMP TABLE open_question AS" in shown
    assert "-- $identifiers = [0, 1]" in shown
