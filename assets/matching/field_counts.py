"""What an import would do to stored values, by field; never by item, which may be a value."""

import duckdb


def values_that_change(staging: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Values of stored patients that would change, by field, the most frequent first."""
    return _by_field(staging, "changed_fact JOIN matched_patient USING (patient) WHERE NOT is_new")


def kept_values(staging: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Values that would stay, because a later import or a person asserted them, by field."""
    return _by_field(staging, "kept_value")


def _by_field(staging: duckdb.DuckDBPyConnection, source: str) -> dict[str, int]:
    return dict(
        staging.execute(
            "SELECT concat_ws('.', field::VARCHAR, nullif(attribute::VARCHAR, '')) AS name,"
            f" count(*) FROM {source} GROUP BY name ORDER BY count(*) DESC, name"
        ).fetchall()
    )
