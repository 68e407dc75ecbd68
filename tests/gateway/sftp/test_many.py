"""Two hundred customers' sessions at once: nothing lost, nothing mixed, memory as promised."""

import asyncio
import hashlib
import logging
import random
import threading
import time

import asyncssh
import psutil
import pytest

from registry.landing.drop_folder import PENDING
from tests.gateway.sftp.customers import PASSWORD, customer, server_process
from tests.ports import free_port

logger = logging.getLogger(__name__)

ACCOUNTS, SESSIONS, BYTES = 4, 50, 1024**2
MEMORY_LIMIT_BYTES = 512 * 1024**2


class Watch(threading.Thread):
    """Notes the most memory that a process takes."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.process, self.most_bytes, self.over = psutil.Process(pid), 0, threading.Event()

    def run(self):
        while not self.over.wait(0.02):
            self.most_bytes = max(self.most_bytes, self.process.memory_info().rss)


async def sign_in(who):
    return await asyncssh.connect(
        "127.0.0.1", who.settings.sftp_port, username=who.user, password=PASSWORD,
        known_hosts=None, client_keys=None, agent_path=None, config=None, login_timeout=120,
    )  # fmt: skip


async def upload(line, number):
    # The same names in all accounts: what must not be mixed.
    sftp = await line.start_sftp_client()
    file = await sftp.open(f"{PENDING}/{number}.csv", "wb")
    await file.write(content(line.get_extra_info("username"), number))
    await file.close()


def content(user, number):
    return random.Random(f"{user} {number}").randbytes(BYTES)  # noqa: S311 - anything will do


async def everybody(customers, watch):
    lines = await asyncio.gather(*(sign_in(who) for who in customers for _ in range(SESSIONS)))
    logger.info("%.0f MiB when all were in", watch.most_bytes / 1024**2)
    began = time.monotonic()
    await asyncio.gather(*(upload(line, n % SESSIONS) for n, line in enumerate(lines)))
    took = time.monotonic() - began
    for line in lines:
        line.close()
    await asyncio.gather(*(line.wait_closed() for line in lines))
    return took


@pytest.mark.slow
def test_two_hundred_sessions_upload_a_megabyte_each_at_once(connection, database, tmp_path):
    limits = {"sftp_max_strangers_of_address": 200, "sftp_max_connections_of_address": 200}
    own = database.model_copy(
        update={"home": tmp_path / "home", "sftp_port": free_port(), **limits}
    )  # here all of them come from one address
    customers = [customer(connection, own, f"account{n}", f"user{n}") for n in range(ACCOUNTS)]
    with server_process(own, tmp_path / "log") as server:
        watch = Watch(server.pid)
        watch.start()
        seconds = asyncio.run(everybody(customers, watch))
        watch.over.set()
        watch.join()
    logger.info("%.0f MiB, %.1f s", watch.most_bytes / 1024**2, seconds)
    for who in customers:
        sent = {f"{n}.csv": content(who.user, n) for n in range(SESSIONS)}
        digests = {name: hashlib.sha256(data).hexdigest() for name, data in sent.items()}
        assert {each.file_name: each.sha256 for each in who.imports()} == digests
        assert who.states() == ["waiting"] * SESSIONS
        assert {path.name: path.read_bytes() for path in who.pending.iterdir()} == sent
        assert who.unfinished() == []
    assert "Traceback" not in (tmp_path / "log").read_text()
    assert 0 < watch.most_bytes < MEMORY_LIMIT_BYTES
