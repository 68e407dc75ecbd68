"""`rosterline held`, `let-through`, `refuse` and `missing`, as an operator types them."""

import json

import pytest

from registry.accounts.accounts import add_account
from registry.ledger import states
from registry.ledger.imports import get_import
from tests.files import care, john, maria
from tests.importing import process, put

WHY = "1 rows, usually 40 (98 % off, up to 30 % is allowed)"


@pytest.fixture
def clinic(home, connection):  # noqa: ARG001 - the home comes first
    account = add_account(connection, "clinic", "thoroughcare")
    connection.commit()
    return account


@pytest.fixture
def held(home, connection, clinic, tmp_path):
    imported = put(home, connection, clinic, care(maria()), folder=tmp_path)
    states.hold_attempt(
        connection, states.take_up(connection, imported.id, "run"), WHY, imported.received_at
    )
    connection.commit()
    return imported


def said(ran):
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout)


def test_what_is_held_is_listed_with_the_reason_and_both_ways_out(rosterline, held):
    ran = rosterline("held")
    text = " ".join(ran.stdout.split())
    assert WHY in text
    assert f"rosterline let-through {held.partition_key[-10:]} or rosterline refuse" in text
    (found,) = said(rosterline("held", "--account", "clinic", "--json"))
    assert (found["reason"], found["decision"]) == (WHY, None)
    assert "1 rows" in " ".join(rosterline("status", held.partition_key).stdout.split())
    assert "held for a person" in " ".join(rosterline("night").stdout.split())


@pytest.mark.slow
def test_one_that_is_let_through_is_imported_at_once(rosterline, held):
    found = said(rosterline("let-through", held.partition_key[-10:], "--json"))
    assert (found["state"], found["counts"]["created"]) == ("completed", 1)
    assert rosterline("held").stdout.strip() == "No file is held."
    ran = rosterline("let-through", held.partition_key)
    assert ran.exit_code == 1
    assert "is not held" in ran.stderr


@pytest.mark.slow
def test_one_that_is_refused_fails_with_the_name_of_who_did(rosterline, connection, held):
    found = said(rosterline("refuse", held.partition_key, "--json"))
    assert found["state"] == "failed"
    assert found["reason"].startswith("refused by ")
    assert get_import(connection, held.partition_key).state == "failed"
    assert connection.execute("SELECT count(*) FROM patient").fetchone() == (0,)


def test_who_is_missing_from_a_whole_list_is_listed(rosterline, home, connection, clinic, tmp_path):
    assert "whole lists" in rosterline("account", "hold", "clinic", "--full-roster").stdout
    for rows in ((maria(), john()), (maria(),)):
        imported = put(home, connection, clinic, care(*rows), folder=tmp_path)
        done = process(home, connection, imported)
        connection.commit()
    (missing,) = said(rosterline("missing", imported.partition_key, "--json"))
    assert done.attempt.missing == 1
    assert rosterline("missing", imported.partition_key).stdout.split() == [missing]
    assert "whole lists, who all stay: clinic 1" in " ".join(rosterline("night").stdout.split())
