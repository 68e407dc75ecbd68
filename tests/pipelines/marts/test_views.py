"""When a build may leave out the views."""

import pytest

from pipelines.marts import views

MANIFEST = {
    "nodes": {
        name: {
            "resource_type": kind,
            "name": name,
            "schema": "marts_staging",
            "config": {"materialized": materialized},
        }
        for name, kind, materialized in (
            ("qzxk_view", "model", "view"),
            ("qzxk_table", "model", "table"),
            ("a hook", "operation", "view"),
            ("a test", "test", "test"),
        )
    }
}


@pytest.fixture
def database(connection):
    connection.execute("CREATE SCHEMA IF NOT EXISTS marts_staging")
    connection.execute("CREATE VIEW marts_staging.qzxk_view AS SELECT 1 AS one")
    connection.commit()
    yield connection
    connection.rollback()
    connection.execute("DROP VIEW IF EXISTS marts_staging.qzxk_view")
    connection.execute("COMMENT ON SCHEMA marts_staging IS NULL")
    connection.commit()


def test_views_are_made_once_for_each_state_of_the_files(database):
    assert not views.are_current(database, MANIFEST, "parsed-1")
    views.note(database, "parsed-1")
    assert views.are_current(database, MANIFEST, "parsed-1")
    assert not views.are_current(database, MANIFEST, "parsed-2")


def test_views_are_made_anew_after_a_run_by_hand_and_after_a_migration(database):
    views.note(database, "parsed-1")
    # The first statement of each run of dbt (`on-run-start`).
    database.execute("COMMENT ON SCHEMA marts_staging IS NULL")
    assert not views.are_current(database, MANIFEST, "parsed-1")
    views.note(database, "parsed-1")
    database.execute("DROP VIEW marts_staging.qzxk_view")
    assert not views.are_current(database, MANIFEST, "parsed-1")
