"""Real services over tables of another version: they refuse, say why, and go on by themselves."""

import asyncio
import os
import urllib.error
import urllib.request

import asyncssh
import pytest

from assets.resources import RosterlineResource
from cli.services import background
from cli.services.listening import API, INTAKE, SFTP, addresses
from gateway.passwords import hash_password
from registry.accounts.accounts import add_account
from registry.accounts.sftp_users import add_user, set_password_hash
from registry.database.connections import connect_as_owner
from registry.database.revision import needed_revision, present_revision
from schemas.errors import DatabaseUnavailable
from tests.waiting import eventually

PASSWORD = "a long password"
NEWER = "those of a newer version: they are at revision 0999"
OLDER = "`rosterline migrate`"


@pytest.fixture
def at(home):
    """Puts the tables at another revision, as far as they say."""

    def put(revision):
        with connect_as_owner(home) as connection:
            connection.execute("UPDATE alembic_version SET version_num = %s", (revision,))

    yield put
    put(needed_revision())


@pytest.fixture
def services(home):
    """API, portal, SFTP server and intake of this home."""
    names = (API, SFTP, INTAKE)
    home.dagster_dir.mkdir(parents=True)
    started = {name: background.launch(home, name, dict(os.environ)).pid for name in names}
    eventually(lambda: health(home) == 200)
    eventually(lambda: "listens on" in log_of(home, SFTP))
    yield started
    background.stop(home)


def health(home):
    try:
        with urllib.request.urlopen(f"{addresses(home)[API]}/ready", timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


def log_of(home, name):
    return background.log_file(home, name).read_text()


def sign_in(home):
    async def once():
        async with asyncssh.connect(
            "127.0.0.1", home.sftp_port, username="sender", password=PASSWORD, known_hosts=None,
            client_keys=None, agent_path=None, config=None,
        ):  # fmt: skip
            pass

    asyncio.run(once())


def running(home, services):
    found = {each.name: each.pid for each in background.status(home) if each.name in services}
    return found == services


@pytest.mark.slow
@pytest.mark.parametrize(("revision", "said"), [("0999", NEWER), ("0014", OLDER)])
def test_services_say_so_while_it_lasts_and_none_of_them_ends(
    connection, home, services, at, revision, said
):
    account = add_account(connection, "clinic", "thoroughcare")
    user = add_user(connection, account, "sender")
    set_password_hash(connection, user, hash_password(PASSWORD))
    connection.commit()
    at(revision)
    eventually(lambda: health(home) == 503)
    with pytest.raises(asyncssh.ServiceNotAvailable, match="try again later"):
        sign_in(home)
    for name in services:
        eventually(lambda name=name: said in log_of(home, name))
    assert running(home, services)
    at(needed_revision())
    eventually(lambda: health(home) == 200)
    sign_in(home)
    eventually(lambda: log_of(home, INTAKE).count("looks into the drop folders") == 2)
    assert running(home, services)


@pytest.mark.slow
def test_the_tables_are_not_changed_beneath_services_of_the_version_before(
    rosterline, home, services, at
):
    at("0014")
    for command in ("migrate", "up"):
        ran = rosterline(command)
        assert ran.exit_code == 1
        said = " ".join(ran.stderr.split())
        assert "services of that version still run" in said
        assert "intake" in said
    with connect_as_owner(home) as connection:
        assert present_revision(connection) == "0014"
    assert running(home, services)


@pytest.mark.parametrize(("revision", "said"), [("0999", NEWER), ("0014", OLDER)])
@pytest.mark.usefixtures("home")
def test_ticks_and_runs_say_so(at, revision, said):
    at(revision)
    with pytest.raises(DatabaseUnavailable) as caught, RosterlineResource().connect():
        pass
    assert said in str(caught.value)
