"""PgBouncer in transaction mode: what needs a session finds one, and nothing is left behind."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from assets.imports.turns import RunOfImports, take_turn
from cli.installation.database_checks import check_pooler
from registry.accounts.accounts import add_account, add_facility
from registry.accounts.api_keys import add_key
from registry.database.account_lock import matching_copy_lock
from registry.database.connections import connect, connect_directly, session_of, through_pooler
from registry.database.held_locks import held, hold, let_go
from registry.database.pool import connection_pool
from registry.database.row_level_security import as_account
from registry.ledger.claims import release, take_up
from registry.ledger.run_locks import at_work, runs_at_work
from registry.marts.build_lock import BuildUnderWay, only_build
from registry.migrations import migrate
from registry.settings import Settings
from tests.clusters import bouncer, cluster, statistics
from tests.files import METRIPORT_HEADER, care, john, maria
from tests.importing import process, put

FILES = {
    "thoroughcare": care(maria(), john()),
    "metriport": f"{METRIPORT_HEADER}\nMaria,Lopez,1961-05-27,F,1 Main Street,Portland,ME,04101\n",
    "ptdirect": "C-1,Ada,Uno,1970,f\nC-2,Bob,Due,1980,m\n",
}


@pytest.fixture(scope="module")
def behind(tmp_path_factory):
    # Without this, PgBouncer refuses whoever takes it for PostgreSQL itself.
    ignored = {"ignore_startup_parameters": "options"}
    with cluster() as server, bouncer(server, **ignored) as pooler:
        own = Settings(
            home=tmp_path_factory.mktemp("home"),
            database_url=pooler.url(),
            database_direct_url=server.url(),
        )
        migrate(own)
        yield own, pooler


@pytest.fixture
def own(behind):
    return behind[0]


def test_imports_of_all_formats_pass_through_it(behind, tmp_path):
    own, pooler = behind
    before = statistics(pooler).get("rosterline", 0)
    with connect(own) as connection:
        assert through_pooler(connection)
        for name, content in FILES.items():
            account = add_account(connection, f"a-{name}", name)
            add_facility(connection, account, "Main")
            connection.commit()
            received = put(own, connection, account, content, folder=tmp_path, name=f"{name}.csv")
            done = process(own, connection, received)
            assert set(done.outcomes) == {"created"}
            again = put(own, connection, account, content, folder=tmp_path, name=f"{name}-2.csv")
            run = RunOfImports("run", by_a_person=False)
            assert len(list(take_turn(connection, own, again.partition_key, run))) == 5
    assert statistics(pooler)["rosterline"] - before > 50


def test_no_session_of_the_pool_keeps_a_lock_or_a_setting(own):
    with connect_directly(own) as direct:
        left = direct.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database ="
            " (SELECT oid FROM pg_database WHERE datname = current_database())"
        ).fetchall()
        assert left == [(0,)]
    pool = connection_pool(own, 4)
    with pool, ThreadPoolExecutor(4) as beside:
        zones = set(beside.map(lambda _: _zone(pool), range(40)))
    assert zones == {"UTC"}


def _zone(pool):
    with pool.connection() as connection:
        return connection.execute("SHOW timezone").fetchone()[0]


def test_a_lock_is_held_until_its_connection_is_closed(own):
    with connect(own) as one, connect(own) as other:
        assert hold(one, "a lock")
        one.commit()
        assert not hold(other, "a lock")
        assert held(other, ["a lock", "another"]) == {"a lock"}
        let_go(one, "a lock")
        assert hold(other, "a lock")
    with connect(own) as one:
        assert held(one, ["a lock"]) == set()


def test_an_import_is_one_run_s_alone(own, tmp_path):
    with connect(own) as connection, connect(own) as other:
        account = add_account(connection, "claims", "thoroughcare")
        received = put(own, connection, account, FILES["thoroughcare"], folder=tmp_path)
        taken = take_up(connection, received.partition_key, "one", by_a_person=False)
        left = take_up(other, received.partition_key, "two", by_a_person=False)
        assert left.reason == "another run works on it"
        release(connection, taken)
        again = take_up(other, received.partition_key, "two", by_a_person=False)
        assert again.id == received.id


def test_runs_builds_and_matching_copies_hold_their_locks(own):
    with connect(own) as one, connect(own) as other:
        with at_work(own, "run-1"):
            for _ in range(100):
                if runs_at_work(one, ["run-1", "run-2"]) == {"run-1"}:
                    break
            assert runs_at_work(one, ["run-1"]) == {"run-1"}
        with only_build(one), pytest.raises(BuildUnderWay), only_build(other):
            pass
        with matching_copy_lock(one, 1):
            taken = session_of(other).execute(
                "SELECT pg_try_advisory_lock(hashtext('rosterline matching copy'), 1)"
            )
            assert taken.fetchone() == (False,)


def test_requests_that_share_few_sessions_see_their_own_account_only(own):
    with connect(own) as connection:
        accounts = [add_account(connection, f"tenant-{n}", "metriport") for n in range(6)]
        for account in accounts:
            add_key(connection, account, "key", "full", datetime.now(UTC))
        connection.commit()
    pool = connection_pool(own, 20)

    def names(account):
        with pool.connection() as connection, as_account(connection, account.id):
            return account.name, connection.execute("SELECT name FROM account").fetchall()

    with pool, ThreadPoolExecutor(20) as beside:
        for name, seen in beside.map(names, accounts * 30):
            assert seen == [(name,)]


def test_doctor_finds_a_pooler_where_sessions_are_needed(own):
    with connect(own) as connection:
        assert check_pooler(own, connection).level == "ok"
        alone = own.model_copy(update={"database_direct_url": None})
        said = check_pooler(alone, connection)
        assert said.level == "fail"
        assert "ROSTERLINE_DATABASE_DIRECT_URL" in said.todo
        wrong = own.model_copy(update={"database_direct_url": own.database_url})
        assert "pooler as well" in check_pooler(wrong, connection).found
        elsewhere = own.database_direct_url.replace("/rosterline", "/postgres")
        other = own.model_copy(update={"database_direct_url": elsewhere})
        assert "another database" in check_pooler(other, connection).found
