"""How much an account may send and hold open. Each refusal has a reason that a person can read."""

import socket
import time
from contextlib import suppress

import asyncssh
import pytest
from asyncssh import SFTPAttrs
from asyncssh.constants import FXF_READ, FXP_OPEN, FXP_OPENDIR

from gateway.sftp.protocol import MAX_HANDLES
from gateway.sftp.server import MAX_CHANNELS
from registry.landing.drop_folder import PENDING, RESULTS
from tests.gateway.sftp.customers import Raw, key_of
from tests.waiting import eventually


def name(number):
    return f"{PENDING}/{number}.csv"


@pytest.fixture
def limited(serve, acme, call):
    """Signs acme in at a server with these limits; calls with equal limits share a server."""
    servers = {}

    def port(**limits):
        key = tuple(limits.items())
        if key not in servers:
            servers[key] = serve(**limits)
        return servers[key].sftp_port

    def sign_in(**limits):
        return call(acme, port=port(**limits))

    sign_in.port = port
    return sign_in


class TestAFileThatGrowsTooLarge:
    @pytest.mark.parametrize(
        ("limits", "waiting", "reason"),
        [
            ({"max_file_bytes": 1000}, 1000, "a file may have 1,000 bytes; split it"),
            ({"max_file_bytes": 1000}, 0, "a file may have 1,000 bytes; split it"),
            ({"sftp_max_waiting_bytes": 1000}, 0, "waiting files may have 1,000 bytes together"),
            ({"sftp_max_waiting_bytes": 1600}, 600, "waiting files may have 1,600 bytes together"),
        ],
    )
    def test_is_refused_at_the_write_and_at_the_close_and_leaves_nothing(
        self, acme, limited, limits, waiting, reason
    ):
        client = limited(**limits)
        client.put_bytes(name(1), bytes(waiting))
        file = client.begin(name(2), bytes(1000))
        with pytest.raises(asyncssh.SFTPFailure, match=reason):
            client.run(file.write(b"x", 1000))
        with pytest.raises(asyncssh.SFTPFailure, match=f"not taken in: {reason}"):
            client.run(file.close())
        assert acme.names() == ["1.csv"]
        assert acme.unfinished() == []
        assert acme.events("upload")[-1].detail == reason


class TestTheSizeOfAFile:
    @pytest.mark.parametrize("offset", [1000, 2**40, 2**63 - 1, 2**64 - 1])
    def test_cannot_be_evaded_by_writing_at_a_large_offset(self, acme, limited, offset):
        client = limited(max_file_bytes=1000)
        file = client.open(name(1), "wb")
        with pytest.raises(asyncssh.SFTPFailure, match="split it"):
            client.run(file.write(b"x", offset))
        assert acme.names() == []

    def test_counts_the_existing_bytes_when_appending(self, limited):
        client = limited(max_file_bytes=1000)
        client.put_bytes(name(1), bytes(600))
        file = client.open(name(1), "ab")
        with pytest.raises(asyncssh.SFTPFailure, match="split it"):
            client.run(file.write(bytes(600)))


class TestFilesThatWait:
    def test_are_limited_in_number(self, acme, limited):
        client = limited(sftp_max_waiting_files=2)
        for number in (1, 2):
            client.put_bytes(name(number), b"x")
        with pytest.raises(asyncssh.SFTPFailure, match="2 files wait already"):
            client.open(name(3), "wb")
        client.put_bytes(name(2), b"a newer one of a name is no further file")
        client.remove(name(1))
        client.put_bytes(name(3), b"there is room again")
        assert acme.names() == ["2.csv", "3.csv"]
        assert [e.file_name for e in acme.events("upload") if e.refused] == ["3.csv"]

    def test_count_while_they_are_sent_and_when_they_broke_off(self, acme, limited):
        limits = {"sftp_max_waiting_files": 2}
        first, second = limited(**limits), limited(**limits)
        first.begin(name(1), b"x")
        first.begin(name(2), b"x")
        with pytest.raises(asyncssh.SFTPFailure, match="2 files wait already"):
            second.open(name(3), "wb")
        first.abort()
        eventually(lambda: len(acme.events("upload")) == 3)
        with pytest.raises(asyncssh.SFTPFailure, match="2 files wait already"):
            second.open(name(3), "wb")

    def test_of_one_account_take_no_room_of_another(self, globex, limited, call):
        limited(sftp_max_waiting_files=1).put_bytes(name(1), b"x")
        port = limited.port(sftp_max_waiting_files=1)
        call(globex, port=port).put_bytes(name(1), b"x")
        assert globex.names() == ["1.csv"]


class TestBytesThatWait:
    def test_are_free_again_when_a_file_is_deleted(self, acme, limited):
        client = limited(sftp_max_waiting_bytes=1000)
        client.put_bytes(name(1), bytes(600))
        client.remove(name(1))
        client.put_bytes(name(2), bytes(1000))
        assert acme.names() == ["2.csv"]

    def test_count_although_all_files_were_opened_before_any_was_closed(self, limited):
        client = limited(sftp_max_waiting_bytes=1000)
        files = [client.open(name(number), "wb") for number in range(3)]
        client.run(files[0].write(bytes(600)))
        client.run(files[0].close())
        with pytest.raises(asyncssh.SFTPFailure, match="may have 1,000 bytes together"):
            client.run(files[1].write(bytes(600)))

    @pytest.fixture
    def broke_off(self, acme, limited):
        """An account that may send 1,000 bytes, of which 900 came; gives its next session."""
        client = limited(sftp_max_waiting_bytes=1000)
        client.begin(name(1), bytes(900))
        client.abort()
        eventually(lambda: acme.events("upload"))
        return limited(sftp_max_waiting_bytes=1000)

    def test_count_once_when_an_upload_is_resumed(self, acme, broke_off):
        broke_off.run(broke_off.begin(name(1), bytes(100), "r+b", 900).close())
        assert acme.imports()[0].byte_count == 1000

    def test_are_free_again_when_an_upload_is_given_up(self, acme, broke_off):
        broke_off.remove(name(1))
        broke_off.put_bytes(name(2), bytes(1000))
        assert acme.names() == ["2.csv"]


class TestSessions:
    def test_are_limited_and_the_next_one_is_refused_with_a_reason(self, acme, limited):
        limits = {"sftp_max_sessions": 2}
        first, _ = limited(**limits), limited(**limits)
        goodbyes = []

        class Listener(asyncssh.SSHClient):
            def connection_lost(self, exc):
                goodbyes.append(str(exc))

        async def listen():
            line = await asyncssh.connect(
                "127.0.0.1", limited.port(**limits), username=acme.user, known_hosts=None,
                client_keys=[key_of(acme.user)], agent_path=None, client_factory=Listener,
            )  # fmt: skip
            await line.wait_closed()

        with suppress(asyncssh.Error):
            first.run(listen())
        assert goodbyes == ["this account has 2 sessions already; close one (error 12)"]
        eventually(lambda: any(event.refused for event in acme.events("sign_in")))
        first.close()
        eventually(lambda: limited(**limits).stat(PENDING))

    def test_that_do_nothing_are_ended_and_the_part_is_kept(self, acme, limited):
        client = limited(sftp_idle_seconds=2)
        client.begin(name(1), b"half")
        began = time.monotonic()
        client.run(client.connection.wait_closed())
        assert time.monotonic() - began < 20
        eventually(lambda: acme.events("upload"))
        assert limited(sftp_idle_seconds=2).stat(name(1)).size == 4

    def test_that_ask_for_something_now_and_then_are_not_ended(self, limited):
        client = limited(sftp_idle_seconds=2)
        began = time.monotonic()
        while time.monotonic() - began < 4:
            time.sleep(0.4)
            client.stat(PENDING)
        assert not client.connection.is_closed()

    @pytest.mark.parametrize("kind", ["file", "folder"])
    def test_may_have_a_limited_number_of_files_and_folders_open(self, acme, ada, kind):
        (acme.results / "result.csv").write_text("result")
        request = {
            "file": (FXP_OPEN, f"{RESULTS}/result.csv", FXF_READ, Raw(SFTPAttrs().encode(3))),
            "folder": (FXP_OPENDIR, PENDING),
        }[kind]
        for _ in range(MAX_HANDLES):
            ada.request(*request)
        with pytest.raises(asyncssh.SFTPFailure, match="are open already; close one"):
            ada.request(*request)

    def test_of_one_connection_are_limited(self, ada):
        sessions = [ada.run(ada.connection.start_sftp_client()) for _ in range(MAX_CHANNELS - 1)]
        with pytest.raises(asyncssh.ChannelOpenError):
            ada.run(ada.connection.start_sftp_client())
        sessions[0].exit()
        ada.run(sessions[0].wait_closed())
        eventually(lambda: ada.run(ada.connection.start_sftp_client()))

    def test_serve_no_other_subsystem(self, ada):
        with pytest.raises(asyncssh.ChannelOpenError):
            ada.run(ada.connection.create_process(subsystem="x"))

    @pytest.mark.parametrize("remote", [False, True])
    def test_forward_no_ports(self, ada, remote):
        if remote:
            with pytest.raises(asyncssh.ChannelListenError):
                ada.run(ada.connection.forward_remote_port("", 0, "127.0.0.1", 22))
        else:
            with pytest.raises(asyncssh.ChannelOpenError):
                ada.run(ada.connection.open_connection("127.0.0.1", 22))


class TestUnauthenticatedConnections:
    @pytest.fixture(params=[False, True], ids=["directly", "behind a load balancer"])
    def limits(self, request):
        return {"sftp_max_strangers": 2, "sftp_proxy_protocol": request.param}

    @pytest.fixture
    def knock(self, limited, limits):
        """Opens a connection and sends nothing of SSH; gives it, and what the server sends."""
        lines = []

        def one():
            line = socket.create_connection(("127.0.0.1", limited.port(**limits)), timeout=4)
            lines.append(line)
            if limits["sftp_proxy_protocol"]:
                line.sendall(b"PROXY UNKNOWN\r\n")
            with suppress(ConnectionResetError):
                return line, line.recv(100)
            return line, b""

        yield one
        for line in lines:
            line.close()

    def test_are_limited_until_one_of_them_is_over(self, knock):
        (first, said), (_, said_too) = knock(), knock()
        assert said.startswith(b"SSH-2.0-Rosterline")
        assert said_too == said
        assert knock()[1] == b""
        first.close()
        eventually(lambda: knock()[1] == said)

    def test_do_not_include_those_of_signed_in_customers(self, limited):
        customers = [limited(sftp_max_strangers=1) for _ in range(3)]
        assert all(client.exists(PENDING) for client in customers)
