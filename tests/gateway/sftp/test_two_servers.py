"""Two server processes with homes of their own, on one bucket and one database."""

import asyncio
import hashlib
import random
from contextlib import ExitStack

import asyncssh
import pytest

from registry.landing.archive_copy import archive_key
from registry.landing.drop_folder import PENDING, RESULTS
from registry.landing.wanted_results import list_wanted
from registry.store import store_of
from tests.files import care, maria
from tests.gateway.sftp.customers import Customer, customer, key_of, server_process
from tests.importing import process
from tests.ports import free_port
from tests.waiting import eventually

pytestmark = [pytest.mark.bucket, pytest.mark.slow]

ROSTER = f"{PENDING}/roster.csv"
CONTENT = bytes(range(256)) * 40_000  # 10 MB: in parts
ACCOUNTS, SESSIONS, BYTES = 4, 50, 64 * 1024


@pytest.fixture
def settings_of_two(database, bucket, tmp_path):
    limits = {
        "sftp_max_strangers_of_address": 200,
        "sftp_max_connections_of_address": 200,
        "sftp_login_seconds": 300,
    }  # here all of them come from one address, and the machine has two cores
    return [
        database.model_copy(
            update={
                "home": tmp_path / f"home{number}",
                "store_url": bucket.url,
                "sftp_port": free_port(),
                **limits,
            }
        )
        for number in (1, 2)
    ]


@pytest.fixture
def two(settings_of_two, connection, tmp_path):
    """The same customer at either server."""
    acme = customer(connection, settings_of_two[0], "acme", "ada")
    with ExitStack() as stack:
        for number, each in enumerate(settings_of_two):
            stack.enter_context(server_process(each, tmp_path / f"log{number}"))
        yield [Customer(each, acme.account, acme.user) for each in settings_of_two]
    for number in (0, 1):
        assert "Traceback" not in (tmp_path / f"log{number}").read_text()


@pytest.fixture
def at(call, two):
    """Signs the customer in at the first or the second server."""
    return lambda number: call(two[number - 1])


def test_what_one_takes_in_the_other_shows_renames_resumes_and_answers(
    two, at, connection, settings_of_two
):
    acme = two[0]
    first, second = at(1), at(2)
    first.put_bytes(ROSTER, care(maria()).encode())
    assert second.stat(ROSTER).size == len(care(maria()).encode())
    assert set(second.listdir(PENDING)) == {".", "..", "roster.csv"}
    second.rename(ROSTER, f"{PENDING}/june.csv")
    assert set(first.listdir(PENDING)) == {".", "..", "june.csv"}

    first.put_bytes(f"{PENDING}/large.csv.part", CONTENT)
    second.rename(f"{PENDING}/large.csv.part", f"{PENDING}/large.csv")
    assert acme.archived(acme.imports()[-1]) == CONTENT
    first.remove(f"{PENDING}/large.csv")

    first.begin(ROSTER, CONTENT[:9_000_000])
    first.abort()
    eventually(lambda: [each for each in acme.events("upload") if each.refused])
    at_byte = second.stat(ROSTER).size
    assert at_byte == 9_000_000
    second.run(second.begin(ROSTER, CONTENT[at_byte:], "r+b", at_byte).close())
    assert acme.archived(acme.imports()[-1]) == CONTENT
    assert acme.unfinished() == two[1].unfinished() == []

    june = next(each for each in acme.imports() if each.file_name == "june.csv")
    process(settings_of_two[1], connection, june)
    connection.commit()
    first = at(1)
    assert "june.csv" not in first.listdir(PENDING)
    (name,) = [each for each in first.listdir(RESULTS) if each.endswith("june.csv")]
    text = first.read_bytes(f"{RESULTS}/{name}")
    assert b"Created" in text
    assert (first.stat(f"{RESULTS}/{name}").size, text) == (
        len(text), second.read_bytes(f"{RESULTS}/{name}"),
    )  # fmt: skip
    (record,) = [each for each in first.listdir(RESULTS) if each.startswith("Uploads")]
    assert b"large.csv" in second.read_bytes(f"{RESULTS}/{record}")


def test_a_part_of_a_killed_server_is_resumed_at_the_other_once_it_is_back(
    settings_of_two, connection, call, tmp_path
):
    acme = customer(connection, settings_of_two[0], "acme", "ada")
    other = Customer(settings_of_two[1], acme.account, acme.user)
    with server_process(other.settings, tmp_path / "log2"):
        with server_process(acme.settings, tmp_path / "log1") as killed:
            client = call(acme)
            client.begin(ROSTER, CONTENT[:5_000])
            client.begin(f"{PENDING}/sent.csv", CONTENT[:5_000])
            killed.kill()
            killed.wait()
        call(other).put_bytes(f"{PENDING}/sent.csv", CONTENT)
        with server_process(acme.settings, tmp_path / "log1"):
            client = call(other)
            assert client.stat(ROSTER).size == 5_000
            assert client.stat(f"{PENDING}/sent.csv").size == len(CONTENT), "it came whole since"
            client.run(client.begin(ROSTER, CONTENT[5_000:], "ab").close())
    assert acme.archived(acme.imports()[-1]) == CONTENT
    assert acme.unfinished() == []


def test_a_damaged_result_is_refused_and_wanted_again(two, at, connection, settings_of_two):
    at(1).put_bytes(ROSTER, care(maria()).encode())
    (imported,) = two[0].imports()
    process(settings_of_two[0], connection, imported)  # the other server has no copy
    connection.commit()
    store = store_of(settings_of_two[0])
    for each in list(store.list(f"results/{imported.partition_key}")):
        store.put(each.key, b"damaged")
    client = at(2)
    (name,) = [each for each in client.listdir(RESULTS) if each.endswith("roster.csv")]
    with pytest.raises(asyncssh.SFTPFailure, match="try again later"):
        client.open(f"{RESULTS}/{name}", "rb")
    assert list_wanted(settings_of_two[0]) == [imported.partition_key]


def content(user, number):
    return random.Random(f"{user} {number}").randbytes(BYTES)  # noqa: S311 - anything will do


async def sign_in(port, user):
    return await asyncssh.connect(
        "127.0.0.1", port, username=user, client_keys=[key_of(user)],
        known_hosts=None, agent_path=None, config=None, login_timeout=300,
    )  # fmt: skip


async def send(sftp, user, number):
    async with sftp.open(f"{PENDING}/{number}.csv.part", "wb") as file:
        await file.write(content(user, number))


async def everybody(ports, users):
    """A session for each file, half of them at each server.

    Each file is sent under a temporary name, and gets its own by a session at the other server.
    """
    names = [(user, number) for user in users for number in range(SESSIONS)]
    lines = await asyncio.gather(*(sign_in(ports[number % 2], user) for user, number in names))
    sessions = await asyncio.gather(*(line.start_sftp_client() for line in lines))
    await asyncio.gather(*(send(sftp, *name) for sftp, name in zip(sessions, names, strict=True)))
    await asyncio.gather(
        *(
            sftp.rename(f"{PENDING}/{number ^ 1}.csv.part", f"{PENDING}/{number ^ 1}.csv")
            for sftp, (_, number) in zip(sessions, names, strict=True)
        )
    )
    for line in lines:
        line.close()
    await asyncio.gather(*(line.wait_closed() for line in lines))


def test_two_hundred_sessions_over_both_lose_and_mix_nothing(settings_of_two, connection, tmp_path):
    customers = [
        customer(connection, settings_of_two[0], f"account{n}", f"user{n}") for n in range(ACCOUNTS)
    ]
    with ExitStack() as stack:
        for number, each in enumerate(settings_of_two):
            stack.enter_context(server_process(each, tmp_path / f"log{number}"))
        ports = [each.sftp_port for each in settings_of_two]
        asyncio.run(everybody(ports, [who.user for who in customers]))
    store = store_of(settings_of_two[0])
    for who in customers:
        sent = {f"{n}.csv": content(who.user, n) for n in range(SESSIONS)}
        assert {each.file_name: each.sha256 for each in who.imports()} == {
            name: hashlib.sha256(data).hexdigest() for name, data in sent.items()
        }
        assert who.states() == ["waiting"] * SESSIONS
        assert who.names() == sorted(sent)
        assert {
            each.file_name: store.read(archive_key(each.sha256)) for each in who.imports()
        } == sent
        assert who.unfinished() == []
    for number in (0, 1):
        assert "Traceback" not in (tmp_path / f"log{number}").read_text()
    assert list(store.list("uploads")) == []
