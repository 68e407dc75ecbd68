"""Which status answers an error, and what the log keeps of it."""

from http import HTTPStatus

import psycopg
import pytest
from psycopg_pool import PoolTimeout

from gateway.http.errors import STATUS_BY_ERROR, log_failure, log_unexpected, status_of
from registry.database.connections import connect_as_gateway
from schemas.errors import (
    DatabaseUnavailable,
    Expired,
    NotAllowed,
    NotFound,
    RosterlineError,
    StorageUnavailable,
    UnknownKey,
)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("there is no such import"), 404),
        (NotAllowed("only a waiting one can be cancelled"), 409),
        (UnknownKey("no such key"), 401),
        (Expired("this link expired"), 403),
        (StorageUnavailable("/srv is full"), 503),
        (DatabaseUnavailable("db.internal does not answer"), 503),
        (RosterlineError("of no kind that has a status"), 500),
    ],
)
def test_an_error_has_the_status_of_its_class(error, status):
    assert status_of(error) == status


@pytest.mark.parametrize("kind", list(STATUS_BY_ERROR))
def test_a_subclass_has_the_status_of_the_nearest_class(kind):
    narrower = type("Narrower", (kind,), {})
    assert status_of(narrower("x")) == STATUS_BY_ERROR[kind]


def test_a_failure_is_logged_by_its_code_without_its_text(caplog):
    log_failure(StorageUnavailable("/srv/rosters of Canary is full"))
    assert StorageUnavailable.code in caplog.text
    assert "Canary" not in caplog.text


@pytest.mark.parametrize("kind", [psycopg.OperationalError, PoolTimeout])
def test_a_database_that_is_away_is_unavailable(kind, caplog):
    assert log_unexpected(kind("host canary.internal")) == 503
    assert kind.__name__ in caplog.text
    assert "canary" not in caplog.text


def test_an_unexpected_error_is_logged_by_class_and_place_without_its_text(caplog):
    with pytest.raises(ValueError, match="Canary") as raised:
        raise ValueError("Canary")
    assert log_unexpected(raised.value) == 500
    assert f"unexpected error: ValueError at {__name__}:" in caplog.text
    assert "Canary" not in caplog.text


def test_an_error_that_was_never_raised_has_no_place(caplog):
    assert log_unexpected(ValueError("x")) == 500
    assert "at nowhere" in caplog.text


def test_a_right_that_the_gateway_lacks_is_named_with_the_file_that_gives_it(database, caplog):
    with (
        connect_as_gateway(database) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege) as caught,
    ):
        connection.execute("SELECT * FROM patient WHERE last_name = 'Qzxk'")
    assert log_unexpected(caught.value) == HTTPStatus.INTERNAL_SERVER_ERROR
    assert "permission denied for table patient" in caplog.text
    assert "4_gateway_grants.sql" in caplog.text
    assert "Qzxk" not in caplog.text
