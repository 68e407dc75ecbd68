"""Real services and a real supervisor: what is killed is started again, until `down`."""

import json
import os
import signal
from datetime import UTC, datetime, timedelta

import psutil
import pytest

from cli.services import background, listening
from cli.services.restarts import Restart, note_restart, restarts_since
from cli.services.supervisor import PAUSES, STEADY_SECONDS, Tries
from registry.accounts.accounts import get_account
from registry.database.connections import connect
from registry.database.embedded_server import find_postmaster
from registry.landing.drop_folder import PENDING, account_folder
from registry.ledger.imports import list_imports
from registry.processes import read_pid_file, wait_until_gone
from tests.cli.homes import home_for_services, rosterline
from tests.waiting import eventually


class TestTries:
    def test_the_first_is_made_at_once_and_each_further_one_after_a_longer_pause(self):
        tries, now, waited = Tries(), 1000.0, []
        for _ in range(len(PAUSES) + 1):
            begun = now
            while not tries.is_due(now):
                now += 1.0
            waited.append(now - begun)
            tries = tries.next(now)
        assert waited == [*PAUSES, PAUSES[-1]]

    def test_what_ran_well_for_long_begins_anew(self):
        tries = Tries(5, 1000.0)
        assert tries.next(1000.0 + STEADY_SECONDS + 1).count == 1


class TestRestarts:
    def test_those_of_the_last_day_are_told_and_damaged_lines_passed_by(self, settings, tmp_path):
        own = settings.model_copy(update={"home": tmp_path})
        now = datetime.now(UTC)
        note_restart(own, Restart(now - timedelta(days=2), "sftp"))
        note_restart(own, Restart(now, "daemon", "no room"))
        with (own.log_dir / "restarts.jsonl").open("a") as file:
            file.write("{\n")
        assert restarts_since(own, timedelta(days=1)) == [Restart(now, "daemon", "no room")]


@pytest.fixture(scope="module")
def running():
    """A home with an embedded PostgreSQL in which everything was started."""
    with home_for_services(drop_quiet_seconds=1.0) as own:
        rosterline(own, "up")
        yield own


def process_of(running, name):
    return read_pid_file(background.pid_file(running, name))


def is_another(running, name, before):
    now = process_of(running, name)
    return now is not None and now.pid != before.pid


@pytest.mark.slow
class TestWhatIsKilled:
    @pytest.mark.parametrize(
        "name", ["code", "marts", "runs", "sftp", "api", "daemon", "webserver"]
    )
    def test_a_service_is_started_again_and_answers(self, running, name):
        before = process_of(running, name)
        before.kill()
        eventually(lambda: is_another(running, name, before))
        eventually(lambda: listening.answers(running, name))
        assert name in [each.name for each in restarts_since(running, timedelta(hours=1))]

    def test_an_import_whose_code_server_is_killed_while_it_is_taken_up_goes_on(self, running):
        rosterline(
            running, "account", "add", "acme", "--format", "ptdirect", "--cadence", "on_arrival"
        )
        with connect(running) as connection:
            connection.autocommit = True
            folder = account_folder(running, get_account(connection, "acme")) / PENDING
            (folder / "roster.csv").write_text("C1,Ada,Smith,1977,f\n")
            eventually(lambda: list_imports(connection))
            process_of(running, "code").kill()
            eventually(lambda: list_imports(connection)[0].state == "completed", 150)

    def test_postgresql_is_started_again_without_any_command(self, running):
        before = find_postmaster(running).process
        before.kill()
        eventually(lambda: (now := find_postmaster(running)) and now.process.pid != before.pid)
        said = json.loads(rosterline(running, "night", "--json"))
        assert said["restarts"]["postgresql"] >= 1

    def test_the_supervisor_is_started_again_by_its_guard(self, running):
        guard = process_of(running, "supervisor")
        (before,) = guard.children()
        before.kill()
        eventually(lambda: [each.pid for each in guard.children()] not in ([], [before.pid]))

    def test_the_guard_is_started_again_by_the_supervisor(self, running):
        guard = process_of(running, "supervisor")
        (child,) = eventually(guard.children)
        guard.kill()
        eventually(lambda: is_another(running, "supervisor", guard))
        assert wait_until_gone(child, 20)
        assert eventually(process_of(running, "supervisor").children)

    def test_one_that_cannot_be_started_is_tried_again_later_and_later(self, running):
        key = running.sftp_dir / "ssh_host_ed25519_key"
        whole = key.read_bytes()
        key.write_text("damaged")
        before = len(restarts_since(running, timedelta(hours=1)))
        process_of(running, "sftp").kill()
        eventually(lambda: len(restarts_since(running, timedelta(hours=1))) >= before + 2)
        key.write_bytes(whole)
        eventually(lambda: listening.answers(running, "sftp"), 90)


@pytest.mark.slow
def test_a_service_that_was_killed_is_not_started_again_after_down(running):
    process_of(running, "sftp").send_signal(signal.SIGKILL)
    rosterline(running, "down")
    # The run of a test before, whose code server was killed, may be at its end still.
    eventually(lambda: not [each for each in psutil.process_iter() if named_after(each, running)])
    rosterline(running, "up")


def named_after(process, running):
    try:
        environment = process.environ()
    except psutil.Error:
        return False
    return environment.get("ROSTERLINE_HOME") == str(running.home) and process.pid != os.getpid()
