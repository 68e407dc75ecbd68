"""A streaming replica: pages come from it, a user's own writes are seen, and it may be gone."""

import logging
import time

import pytest

from registry.database.connections import connect
from registry.database.pool import connection_pool
from registry.database.replica import NEVER, Replica, log_position
from registry.migrations import migrate
from registry.settings import Settings
from tests.clusters import cluster, replica_of

SECONDS = 60


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    with cluster("wal_level = replica", "max_wal_senders = 5") as primary:
        first = Settings(home=tmp_path_factory.mktemp("home"), database_url=primary.url())
        migrate(first)
        with replica_of(primary) as copy:
            own = first.model_copy(update={"database_replica_url": copy.url()})
            yield own, copy


@pytest.fixture
def pool(both):
    with connection_pool(both[0], 2) as opened:
        yield opened


@pytest.fixture
def replica(both):
    found = Replica(both[0], 2)
    found.open()
    until(lambda: used(found))
    yield found
    found.close()


def used(replica, position=0):
    replica._away_until = 0.0
    with replica.connection(position) as connection:
        return connection is not None


def until(happened):
    end = time.monotonic() + SECONDS
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_it_is_read_only_and_shows_what_was_written(both, pool, replica):
    with connect(both[0]) as primary:
        primary.execute("INSERT INTO account (name, format, time_zone, cadence)"
                        " VALUES ('new', 'metriport', 'UTC', 'nightly')")  # fmt: skip
    until(lambda: used(replica, log_position(pool)))
    with replica.connection(0) as connection:
        assert connection.execute("SELECT name FROM account").fetchall() == [("new",)]
        assert connection.execute("SHOW transaction_read_only").fetchone() == ("on",)
        assert connection.execute("SHOW timezone").fetchone() == ("UTC",)


def test_what_it_has_not_replayed_yet_is_read_from_the_primary(both, pool, replica):
    with connect(both[0]) as primary:
        with replica.connection(0) as copy:
            copy.execute("SELECT pg_is_wal_replay_paused()")
        _replay(both, "pause")
        try:
            primary.execute("UPDATE account SET settings = '{}'")
            primary.commit()
            written = log_position(pool)
            assert not used(replica, written)
            assert used(replica, 0)
        finally:
            _replay(both, "resume")
        until(lambda: used(replica, written))


def _replay(both, how):
    url = both[0].database_replica_url
    with connect(both[0].model_copy(update={"database_url": url})) as copy:
        copy.execute(f"SELECT pg_wal_replay_{how}()")


def test_an_unknown_position_is_one_that_it_has_not_reached(replica):
    assert not used(replica, NEVER)


def test_a_primary_in_its_place_is_not_used(both, caplog):
    own = both[0].model_copy(update={"database_replica_url": both[0].database_url})
    wrong = Replica(own, 1)
    wrong.open()
    with caplog.at_level(logging.WARNING):
        assert not used(wrong)
    assert "does not follow the primary" in caplog.text
    wrong.close()


def test_a_dead_one_is_said_once_and_left_alone_for_a_while_and_comes_back(both, replica, caplog):
    copy = both[1]
    copy.stop()
    try:
        with caplog.at_level(logging.INFO):
            assert not used(replica)
            began = time.monotonic()
            with replica.connection(0) as connection:
                assert connection is None
            assert time.monotonic() - began < 0.5
        warned = [each for each in caplog.records if each.levelno == logging.WARNING
                  and each.name == "registry.database.replica"]  # fmt: skip
        assert len(warned) == 1
    finally:
        copy.start()
    until(lambda: used(replica))
