"""Each test finds an empty registry (tests/conftest.py)."""


def test_each_test_finds_an_empty_registry(connection):
    names = connection.execute(
        "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname not in "
        "('pg_catalog', 'information_schema') "
        "and tablename not in ('alembic_version', 'applied_objects')"
    ).fetchall()
    filled = [
        name
        for (name,) in names
        if connection.execute(f"select exists (select from {name})").fetchone() == (True,)
    ]
    assert filled == []
