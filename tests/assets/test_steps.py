"""A stage's SQL is a list of named steps, which can be filled, bound and watched."""

import duckdb
import pytest

from assets.matching import resolve
from assets.steps import Step, StepFiles, run_steps, watching


@pytest.fixture
def engine():
    with duckdb.connect() as connection:
        yield connection


def test_steps_are_only_watched_inside_the_block(engine):
    seen = []
    with watching(lambda _, step: seen.append(step.name)):
        run_steps(engine, Step("first", "CREATE TABLE first_table AS SELECT 1 AS one"))
    run_steps(engine, Step("second", "CREATE TABLE second_table AS SELECT 1 AS one"))
    assert seen == ["first"]


def test_a_step_is_filled_from_declarations_and_bound_to_values(engine):
    step = Step("count", "CREATE TABLE {name} AS SELECT $many AS many")
    run_steps(engine, step.fill(name="counted").bind(many=3))
    assert engine.execute("FROM counted").fetchall() == [(3,)]


def test_a_step_in_a_file_has_the_files_name():
    step = StepFiles(resolve.__file__)["choose_links"]
    assert step.name == "choose_links"
    assert "TEMP TABLE link" in step.sql
